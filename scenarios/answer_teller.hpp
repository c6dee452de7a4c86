#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace scenario {

// What the readers of all grammars say, in the words of a transcript.
class answer_teller {
public:
    using note =
        std::function<void(std::string verb, std::string words, nlohmann::json detail, bool quiet)>;

    explicit answer_teller(note n) : note_(std::move(n)) {}

    void say(std::string verb, std::string words = {}, nlohmann::json detail = nullptr);
    void quietly(std::string verb, std::string words = {}, nlohmann::json detail = nullptr);

    // `verb "piece"`, unless there is none.
    void piece(char const* verb, std::string const& text);

    void tool(std::string const& name, std::string const& arguments);

    // What a server tells of its trouble: {"code" or "type", "message"}.
    void error(nlohmann::json const&);
    bool failed() const { return failed_; }
    void fail() { failed_ = true; }

private:
    note note_;
    bool failed_ = false;
};

// The text at a name; empty if there is none.
std::string text_at(nlohmann::json const& object, char const* name);

// The value at a name; null if there is none.
nlohmann::json const& value_at(nlohmann::json const& object, char const* name);

}  // namespace scenario
