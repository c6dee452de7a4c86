#include "wire/event_pattern.hpp"

#include <cstdint>
#include <utility>

#include "wire/json_guard.hpp"

namespace wire {
namespace {

enum kind : std::uint8_t { plain, quote, escape, control, beyond_ascii };

constexpr auto kinds = [] {
    std::array<kind, 256> all{};
    for (std::size_t i = 0; i < 0x20; ++i) all[i] = control;
    for (std::size_t i = 0x80; i < 0x100; ++i) all[i] = beyond_ascii;
    all['"'] = quote;
    all['\\'] = escape;
    return all;
}();

kind kind_of(char c) { return kinds[static_cast<unsigned char>(c)]; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Of "\uXXXX"; negative if it is none.
int code_unit(std::string_view escaped) {
    if (escaped.size() < 6 || escaped[0] != '\\' || escaped[1] != 'u') return -1;
    int unit = 0;
    for (std::size_t i = 2; i < 6; ++i) {
        int const digit = hex_digit(escaped[i]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

bool is_high(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// Bytes of the escape that begins here, two for a pair of surrogates; 0 if it is none.
std::size_t escape_size(std::string_view bytes) {
    if (bytes.size() < 2) return 0;
    if (bytes[1] != 'u') return std::string_view("\"\\/bfnrt").find(bytes[1]) < 8 ? 2 : 0;
    int const unit = code_unit(bytes);
    if (unit < 0 || is_low(unit)) return 0;
    if (!is_high(unit)) return 6;
    return is_low(code_unit(bytes.substr(6))) ? 12 : 0;
}

void append_code_point(std::string& out, std::uint32_t point) {
    auto const add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (point < 0x80) return add(point);
    if (point < 0x800) {
        add(0xC0 | point >> 6);
    } else {
        if (point < 0x10000) {
            add(0xE0 | point >> 12);
        } else {
            add(0xF0 | point >> 18);
            add(0x80 | (point >> 12 & 0x3F));
        }
        add(0x80 | (point >> 6 & 0x3F));
    }
    add(0x80 | (point & 0x3F));
}

// What the escape that begins here stands for.
void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view letters = "bfnrt", meant = "\b\f\n\r\t";
    if (bytes[1] != 'u') {
        auto const at = letters.find(bytes[1]);
        out += at == letters.npos ? bytes[1] : meant[at];
        return;
    }
    auto const unit = static_cast<std::uint32_t>(code_unit(bytes));
    if (!is_high(static_cast<int>(unit))) return append_code_point(out, unit);
    auto const low = static_cast<std::uint32_t>(code_unit(bytes.substr(6)));
    append_code_point(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
}

}  // namespace

std::optional<std::size_t> spelled_size(std::string_view bytes) {
    bool mixed = false;
    for (std::size_t at = 0; at < bytes.size();) {
        switch (kind_of(bytes[at])) {
            case plain:
                ++at;
                break;
            case beyond_ascii:
                mixed = true;
                ++at;
                break;
            case escape: {
                auto const size = escape_size(bytes.substr(at));
                if (size == 0) return std::nullopt;
                at += size;
                break;
            }
            case quote:
                if (mixed && !is_utf8(bytes.substr(0, at))) return std::nullopt;
                return at;
            case control:
                return std::nullopt;
        }
    }
    return std::nullopt;
}

void append_unquoted(std::string& out, std::string_view spelled) {
    for (;;) {
        auto const at = spelled.find('\\');
        out.append(spelled.substr(0, at));
        if (at == spelled.npos) return;
        spelled.remove_prefix(at);
        auto const size = escape_size(spelled);
        if (size == 0) return;
        append_escaped(out, spelled);
        spelled.remove_prefix(size);
    }
}

event_pattern::event_pattern(std::string_view event, std::string_view words,
                             std::string_view padding) {
    auto const begin_of = [&](std::string_view part) {
        return static_cast<std::size_t>(part.data() - event.data());
    };
    parts_[0].is_words = true;
    std::pair holes(words, padding);
    if (padding.data()) {
        count_ = 2;
        if (begin_of(padding) < begin_of(words)) {
            std::swap(holes.first, holes.second);
            parts_[0].is_words = false;
            parts_[1].is_words = true;
        }
    }
    std::size_t at = 0;
    for (std::size_t i = 0; i < count_; ++i) {
        auto const hole = i == 0 ? holes.first : holes.second;
        parts_[i].literal = event.substr(at, begin_of(hole) - at);
        at = begin_of(hole) + hole.size();
    }
    last_ = event.substr(at);
}

std::optional<event_pattern::match> event_pattern::at(std::string_view bytes) const {
    match found;
    auto  left = bytes;
    for (std::size_t i = 0; i < count_; ++i) {
        if (!left.starts_with(parts_[i].literal)) return std::nullopt;
        left.remove_prefix(parts_[i].literal.size());
        auto const size = spelled_size(left);
        if (!size) return std::nullopt;
        if (parts_[i].is_words) found.words = left.substr(0, *size);
        left.remove_prefix(*size);
    }
    if (!left.starts_with(last_)) return std::nullopt;
    found.size = bytes.size() - left.size() + last_.size();
    return found;
}

}  // namespace wire
