#include "wire/json_members.hpp"

#include <array>
#include <limits>

#include "wire/json_guard.hpp"

namespace wire {

nlohmann::json const* find_member(nlohmann::json const& object, char const* name) {
    if (!object.is_object()) return nullptr;
    auto const at = object.find(name);
    return at == object.end() || at->is_null() ? nullptr : &*at;
}

std::string text_member(nlohmann::json const& object, char const* name) {
    auto const* member = find_member(object, name);
    return member && member->is_string() ? member->get<std::string>() : std::string();
}

bool flag_member(nlohmann::json const& object, char const* name) {
    auto const* member = find_member(object, name);
    return member && member->is_boolean() && member->get<bool>();
}

std::int64_t count_member(nlohmann::json const& object, char const* name) {
    constexpr auto top = std::numeric_limits<std::int64_t>::max();
    auto const*    member = find_member(object, name);
    if (!member || !member->is_number()) return 0;
    if (member->is_number_float()) {
        auto const value = member->get<double>();
        if (!(value > 0)) return 0;
        return value < 9.2e18 ? static_cast<std::int64_t>(value) : top;
    }
    if (member->is_number_unsigned()) {
        auto const value = member->get<std::uint64_t>();
        return value > static_cast<std::uint64_t>(top) ? top : static_cast<std::int64_t>(value);
    }
    return std::max<std::int64_t>(0, member->get<std::int64_t>());
}

std::int64_t add_counts(std::int64_t a, std::int64_t b) {
    constexpr auto top = std::numeric_limits<std::int64_t>::max();
    return a > top - b ? top : a + b;
}

nlohmann::json read_json(std::string_view text) {
    return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::ordered_json read_ordered_json(std::string_view text) {
    return nlohmann::ordered_json::parse(text, nullptr, false);
}

std::string dump(nlohmann::json const& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void append_quoted(std::string& out, std::string_view text) {
    if (!is_utf8(text)) return append_quoted(out, to_utf8(text));
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;  // where the run of bytes that need no escape began
    for (std::size_t at = 0; at < text.size(); ++at) {
        auto const byte = static_cast<unsigned char>(text[at]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        out.append(text.substr(plain, at - plain));
        plain = at + 1;
        out += '\\';
        switch (byte) {
            case '"':
                out += '"';
                break;
            case '\\':
                out += '\\';
                break;
            case '\b':
                out += 'b';
                break;
            case '\f':
                out += 'f';
                break;
            case '\n':
                out += 'n';
                break;
            case '\r':
                out += 'r';
                break;
            case '\t':
                out += 't';
                break;
            default:
                ((out += "u00") += hex[byte >> 4]) += hex[byte & 15];
                break;
        }
    }
    out.append(text.substr(plain)) += '"';
}

}  // namespace wire
