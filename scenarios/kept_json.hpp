#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "scenarios/scenario.hpp"

namespace scenario {

// JSON carries text only, and what passes in a scenario may be any bytes. A string that is not
// UTF-8 is kept as {"$bytes": "c328"}, in hexadecimal; an object with a member whose name begins
// with '$', or is not UTF-8, as {"$members": [[name, value], ...]}. All else is as it is.
nlohmann::json to_kept(nlohmann::json const&);
nlohmann::json from_kept(nlohmann::json const&);  // throws std::invalid_argument: says what is odd

// One line of a file of JSON Lines, for a reader who wants to say where something is wrong.
class kept_line {
public:
    // Throws syntax_error unless the line is a JSON object.
    kept_line(std::string const& path, int number, std::string_view text);

    bool has(char const* name) const { return object_.contains(name); }

    // The member of that name; throws syntax_error if there is none, or it is something else.
    std::string              text(char const* name) const;
    std::int64_t             integer(char const* name) const;
    std::uint64_t            count(char const* name) const;
    bool                     flag(char const* name) const;
    std::vector<std::string> texts(char const* name) const;
    nlohmann::json           any(char const* name) const;
    // An object inside this line; its members are looked for with its name in complaints.
    nlohmann::json const&    object(char const* name) const;

    [[noreturn]] void wrong(char const* name, std::string problem, std::string hint) const;
    [[noreturn]] void wrong_at(std::size_t byte, std::size_t width, std::string problem,
                               std::string hint) const;

private:
    nlohmann::json const& member(char const* name) const;

    std::string const& path_;
    int                number_;
    std::string        text_;
    nlohmann::json     object_;
};

}  // namespace scenario
