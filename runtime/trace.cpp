#include "runtime/trace.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/json_guard.hpp"

namespace runtime {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// How many bytes the whole character at the front takes; 0 if the bytes are not UTF-8.
std::size_t character_size(std::string_view bytes) {
    for (std::size_t size = 1; size <= 4 && size <= bytes.size(); ++size)
        if (wire::is_utf8(bytes.substr(0, size))) return size;
    return 0;
}

void append_hex(std::string& out, std::string_view prefix, char byte) {
    auto const value = static_cast<unsigned char>(byte);
    out.append(prefix);
    out += hex_digits[value >> 4];
    out += hex_digits[value & 15];
}

// How many bytes at the front are themselves when quoted: most of what anybody says.
std::size_t plain_run(std::string_view text) {
    auto const escaped = [](char c) { return c < 0x20 || c == 0x7f || c == '"' || c == '\\'; };
    return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), escaped) - text.begin());
}

// The Unicode name of a character that turns the direction of what is read, empty if it is another:
// whoever says it would else write on our terminal what nobody said (CVE-2021-42574).
std::string_view direction_mark(std::string_view character) {
    using named = std::pair<std::string_view, std::string_view>;
    constexpr std::array<named, 12> marks{{{"\u061c", "061c"},
                                           {"\u200e", "200e"},
                                           {"\u200f", "200f"},
                                           {"\u202a", "202a"},
                                           {"\u202b", "202b"},
                                           {"\u202c", "202c"},
                                           {"\u202d", "202d"},
                                           {"\u202e", "202e"},
                                           {"\u2066", "2066"},
                                           {"\u2067", "2067"},
                                           {"\u2068", "2068"},
                                           {"\u2069", "2069"}}};
    for (auto const& [mark, name] : marks)
        if (mark == character) return name;
    return {};
}

char short_escape(char c) {
    switch (c) {
        case '"':
            return '"';
        case '\\':
            return '\\';
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

}  // namespace

std::string event::to_text() const {
    auto text = runtime::to_text(at.time_since_epoch()) + "  " + from + " -> " + to + "  " + verb;
    if (!words.empty()) text += " " + words;
    return text;
}

event const& trace::add(event e) {
    e.at = time_point(e.at - beginning_);
    e.quiet = e.quiet || hushed_;
    e.number = events_.size();
    auto const number = e.number;
    events_.push_back(std::move(e));
    if (!observers_.empty()) {
        // A copy: an observer may add an event itself, and then the vector moves.
        auto const told = events_[number];
        for (std::size_t i = 0; i < observers_.size(); ++i) observers_[i](told);
    }
    return events_[number];
}

std::string quoted(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    for (;;) {
        auto const plain = plain_run(text);
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        auto const c = text.front();
        auto       size = character_size(text);
        if (char const letter = short_escape(c)) {
            out += '\\';
            out += letter;
        } else if (size == 0) {
            append_hex(out, "\\x", c);  // not JSON, but the scenario language reads it back
            size = 1;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            append_hex(out, "\\u00", c);
        } else if (auto const name = direction_mark(text.substr(0, size)); !name.empty()) {
            out.append("\\u").append(name);
        } else {
            out.append(text.substr(0, size));
        }
        text.remove_prefix(size);
    }
    return out += '"';
}

}  // namespace runtime
