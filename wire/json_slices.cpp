#include "wire/json_slices.hpp"

#include <algorithm>
#include <array>

namespace wire {

namespace {

constexpr std::string_view blanks = " \t\r\n";

// Walks over a text whose grammar has been checked before.
class walker {
public:
    explicit walker(std::string_view text) : text_(text) { skip_blanks(); }

    char        next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool        done() const { return at_ >= text_.size(); }
    std::size_t at() const { return at_; }

    void skip(char mark) {
        if (next() == mark) ++at_;
        skip_blanks();
    }

    // The whole value that begins here.
    std::string_view value() {
        auto const from = at_;
        if (next() == '"') {
            skip_string();
        } else if (next() == '{' || next() == '[') {
            skip_nested();
        } else {
            auto const end = text_.find_first_of(",]} \t\r\n", at_);
            at_ = end == text_.npos ? text_.size() : end;
        }
        auto const found = text_.substr(from, at_ - from);
        skip_blanks();
        return found;
    }

private:
    void skip_blanks() {
        auto const end = text_.find_first_not_of(blanks, at_);
        at_ = end == text_.npos ? text_.size() : end;
    }

    void skip_string() {
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
            if (text_[at_] == '\\') ++at_;
        at_ = std::min(at_ + 1, text_.size());
    }

    void skip_nested() {
        std::size_t depth = 0;
        while (at_ < text_.size()) {
            char const c = text_[at_];
            if (c == '"') {
                skip_string();
                continue;
            }
            ++at_;
            if (c == '{' || c == '[') ++depth;
            if ((c == '}' || c == ']') && --depth == 0) return;
        }
    }

    std::string_view text_;
    std::size_t      at_ = 0;
};

std::string_view inside_quotes(std::string_view spelled) {
    return spelled.size() < 2 ? spelled : spelled.substr(1, spelled.size() - 2);
}

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> members(std::string_view object) {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    walker                                                     walk(object);
    if (walk.next() != '{') return all;
    walk.skip('{');
    while (!walk.done() && walk.next() == '"') {
        auto const name = inside_quotes(walk.value());
        walk.skip(':');
        all.emplace_back(name, walk.value());
        walk.skip(',');
    }
    return all;
}

std::vector<std::string_view> elements(std::string_view array) {
    std::vector<std::string_view> all;
    walker                        walk(array);
    if (walk.next() != '[') return all;
    walk.skip('[');
    while (!walk.done() && walk.next() != ']') {
        all.push_back(walk.value());
        walk.skip(',');
    }
    return all;
}

std::optional<std::string_view> slice(std::string_view text, json_path path) {
    for (auto const& name : path) {
        auto const all = members(text);
        auto const found =
            std::find_if(all.begin(), all.end(), [&](auto const& m) { return m.first == name; });
        if (found == all.end()) return std::nullopt;
        text = found->second;
    }
    return text;
}

std::optional<std::string_view> slice(std::string_view text, std::string_view name) {
    std::array const path{name};
    return slice(text, path);
}

std::string with_value(std::string_view text, json_path path, std::string_view value) {
    auto const found = slice(text, path);
    if (!found) return std::string(text);
    auto const  from = static_cast<std::size_t>(found->data() - text.data());
    std::string made(text.substr(0, from));
    made += value;
    made += text.substr(from + found->size());
    return made;
}

std::string with_value(std::string_view text, std::string_view name, std::string_view value) {
    std::array const path{name};
    return with_value(text, path, value);
}

std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
    auto const begin = object.find('{');
    if (begin == object.npos) return std::string(object);
    std::string made = "{\"";
    made += name;
    made += "\":";
    made += value;
    auto const rest = object.substr(begin + 1);
    if (!members(object).empty()) made += ',';
    return made += rest;
}

std::string on_one_line(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

}  // namespace wire
