#include "scenarios/kept_json.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <tuple>

#include "scenarios/token.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

using nlohmann::json;

constexpr std::string_view hex_digits = "0123456789abcdef";

// Of a long line, so many characters are shown on either side of what is wrong.
constexpr std::size_t shown_before = 50;
constexpr std::size_t shown_after = 40;

// An event holds bodies that were parsed with the usual limits, and a little around them.
constexpr wire::json_limits limits{.depth_max = 256, .value_count_max = 2'000'000};

json text_to_kept(std::string const& text) {
    if (wire::is_utf8(text)) return text;
    std::string hex;
    for (char const c : text) {
        hex += hex_digits[static_cast<unsigned char>(c) >> 4];
        hex += hex_digits[static_cast<unsigned char>(c) & 15];
    }
    return {{"$bytes", hex}};
}

std::string bytes_of(json const& hex) {
    auto const* digits = hex.get_ptr<std::string const*>();
    if (!digits || digits->size() % 2 != 0) throw std::invalid_argument("$bytes");
    std::string bytes;
    for (std::size_t i = 0; i < digits->size(); i += 2) {
        auto const high = hex_digits.find((*digits)[i]);
        auto const low = hex_digits.find((*digits)[i + 1]);
        if (high == hex_digits.npos || low == hex_digits.npos)
            throw std::invalid_argument("$bytes");
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

json members_of(json const& pairs) {
    auto const bad = [] { return std::invalid_argument("$members"); };
    if (!pairs.is_array()) throw bad();
    auto all = json::object();
    for (auto const& pair : pairs) {
        if (!pair.is_array() || pair.size() != 2) throw bad();
        auto const name = from_kept(pair[0]);
        if (!name.is_string()) throw bad();
        all[name.get<std::string>()] = from_kept(pair[1]);
    }
    return all;
}

// Back to the beginning of a character.
std::size_t at_character(std::string const& text, std::size_t at) {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
        --at;
    return at;
}

}  // namespace

json to_kept(json const& value) {
    if (auto const* text = value.get_ptr<std::string const*>()) return text_to_kept(*text);
    if (value.is_array()) {
        auto all = json::array();
        for (auto const& x : value) all.push_back(to_kept(x));
        return all;
    }
    if (!value.is_object()) return value;
    auto const& members = value.get_ref<json::object_t const&>();
    bool const  plain = std::all_of(members.begin(), members.end(), [](auto const& m) {
        return !m.first.starts_with('$') && wire::is_utf8(m.first);
    });
    auto        all = plain ? json::object() : json::array();
    for (auto const& [name, x] : members) {
        if (plain)
            all[name] = to_kept(x);
        else
            all.push_back(json::array({text_to_kept(name), to_kept(x)}));
    }
    return plain ? all : json{{"$members", all}};
}

json from_kept(json const& value) {
    if (value.is_array()) {
        auto all = json::array();
        for (auto const& x : value) all.push_back(from_kept(x));
        return all;
    }
    if (!value.is_object()) return value;
    if (value.size() == 1 && value.contains("$bytes")) return bytes_of(value["$bytes"]);
    if (value.size() == 1 && value.contains("$members")) return members_of(value["$members"]);
    auto all = json::object();
    for (auto const& [name, x] : value.items()) {
        if (name.starts_with('$')) throw std::invalid_argument(name);
        all[name] = from_kept(x);
    }
    return all;
}

kept_line::kept_line(std::string const& path, int number, std::string_view text)
    : path_(path), number_(number), text_(text) {
    try {
        object_ = wire::parse_json(text_, limits);
    } catch (boost::system::system_error const& e) {
        std::size_t at = 0;
        try {
            std::ignore = json::parse(text_);
        } catch (json::parse_error const& where) {
            at = where.byte == 0 ? 0 : where.byte - 1;
        }
        bool const cut = at >= text_.size();
        wrong_at(std::min(at, text_.empty() ? 0 : text_.size() - 1), 1,
                 cut ? "this line stops in the middle" : "this is not JSON",
                 cut ? "the file was cut: keep the trace again" : e.code().message());
    }
    if (!object_.is_object())
        wrong_at(0, 1, "an object should stand here", "each line of a trace file is one");
}

json const& kept_line::member(char const* name) const {
    auto const found = object_.find(name);
    if (found == object_.end())
        wrong_at(text_.size() - 1, 1, std::string("there is no \"") + name + "\" in this line",
                 "docs/trace-file.md says what a line has");
    return *found;
}

json kept_line::any(char const* name) const {
    try {
        return from_kept(member(name));
    } catch (std::invalid_argument const& e) {
        wrong(name, std::string("'") + e.what() + "' is not written as it should be",
              "bytes are {\"$bytes\": \"c328\"}");
    }
}

std::string kept_line::text(char const* name) const {
    auto const value = any(name);
    if (!value.is_string()) wrong(name, "a text should stand here", {});
    return value.get<std::string>();
}

std::int64_t kept_line::integer(char const* name) const {
    auto const& value = member(name);
    if (!value.is_number_integer()) wrong(name, "a whole number should stand here", {});
    return value.get<std::int64_t>();
}

std::uint64_t kept_line::count(char const* name) const {
    auto const& value = member(name);
    if (!value.is_number_unsigned()) wrong(name, "a number from 0 on should stand here", {});
    return value.get<std::uint64_t>();
}

bool kept_line::flag(char const* name) const {
    auto const& value = member(name);
    if (!value.is_boolean()) wrong(name, "true or false should stand here", {});
    return value.get<bool>();
}

std::vector<std::string> kept_line::texts(char const* name) const {
    auto const               value = any(name);
    std::vector<std::string> all;
    if (!value.is_array()) wrong(name, "a list of texts should stand here", {});
    for (auto const& x : value) {
        if (!x.is_string()) wrong(name, "a list of texts should stand here", {});
        all.push_back(x.get<std::string>());
    }
    return all;
}

json const& kept_line::object(char const* name) const {
    auto const& value = member(name);
    if (!value.is_object()) wrong(name, "an object should stand here", {});
    return value;
}

void kept_line::wrong(char const* name, std::string problem, std::string hint) const {
    auto const quoted = std::string("\"") + name + "\":";
    auto const at = text_.find(quoted);
    if (at == std::string::npos) wrong_at(0, 1, std::move(problem), std::move(hint));
    auto const value = text_.find_first_not_of(' ', at + quoted.size());
    auto const end = text_.find_first_of(",}]", value);
    wrong_at(value, std::clamp<std::size_t>(end - value, 1, shown_after), std::move(problem),
             std::move(hint));
}

// Lines may be long: what is shown is cut, the column counts in all of it.
void kept_line::wrong_at(std::size_t byte, std::size_t width, std::string problem,
                         std::string hint) const {
    auto const begin = at_character(text_, byte > shown_before ? byte - shown_before : 0);
    auto const end = at_character(text_, std::min(text_.size(), byte + shown_after));
    auto       shown = wire::to_utf8(std::string_view(text_).substr(begin, end - begin));
    auto const cut = begin > 0 ? std::string("...") : std::string();
    shown = cut + shown + (end < text_.size() ? "..." : "");

    auto const number = std::to_string(number_);
    auto const column = column_at(text_, byte);
    auto const pad = static_cast<std::size_t>(column - column_at(text_, begin)) + cut.size();
    auto       message = problem + "\n\n  " + number + " | " + shown + "\n  " +
                   std::string(number.size(), ' ') + " | " + std::string(pad, ' ') +
                   std::string(std::max<std::size_t>(1, width), '^');
    if (!hint.empty()) message += "  " + hint;
    throw syntax_error(path_ + ":" + number + ":" + std::to_string(column), {}, {},
                       std::move(message));
}

}  // namespace scenario
