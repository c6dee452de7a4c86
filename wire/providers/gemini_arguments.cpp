#include "wire/providers/gemini_arguments.hpp"

#include <charconv>

#include "wire/error.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t element_count_max = 10'000;
constexpr std::size_t depth_max = 64;

[[noreturn]] void refuse(std::string const& path) {
    fail(error::malformed, "arguments for a place that is none: " + path);
}

// `$.a.b[0]['c']`: what it names, made on the way.
nlohmann::json& place_of(nlohmann::json& root, std::string const& path) {
    if (!path.starts_with('$')) refuse(path);
    auto*            at = &root;
    std::string_view left = std::string_view(path).substr(1);
    for (std::size_t depth = 0; !left.empty(); ++depth) {
        if (depth == depth_max) refuse(path);
        bool const quoted = left.starts_with("['") || left.starts_with("[\"");
        if (left.front() == '.' || quoted) {
            left.remove_prefix(quoted ? 2 : 1);
            auto const end = quoted ? left.find(left.data()[-1]) : left.find_first_of(".[");
            if (quoted && (end == left.npos || left.substr(end + 1, 1) != "]")) refuse(path);
            auto const name = std::string(left.substr(0, end));
            if (name.empty() || !(at->is_object() || at->is_null())) refuse(path);
            at = &(*at)[name];
            left = end == left.npos ? std::string_view() : left.substr(end + (quoted ? 2 : 0));
        } else if (left.front() == '[') {
            std::size_t number = 0;
            auto const* last = left.data() + left.size();
            auto const [stopped, trouble] = std::from_chars(left.data() + 1, last, number);
            if (trouble != std::errc() || stopped == last || *stopped != ']') refuse(path);
            if (number >= element_count_max || !(at->is_array() || at->is_null())) refuse(path);
            at = &(*at)[number];
            left.remove_prefix(static_cast<std::size_t>(stopped + 1 - left.data()));
        } else {
            refuse(path);
        }
    }
    return *at;
}

}  // namespace

void gemini_arguments::add(nlohmann::json const& part) {
    auto const path = text_member(part, "jsonPath");
    auto&      place = place_of(value_, path);
    if (auto const* text = find_member(part, "stringValue"); text && text->is_string()) {
        if (open_ == path && place.is_string())
            place.get_ref<std::string&>() += text->get_ref<std::string const&>();
        else
            place = *text;
    } else if (auto const* number = find_member(part, "numberValue")) {
        place = *number;
    } else if (auto const* flag = find_member(part, "boolValue")) {
        place = *flag;
    } else {
        place = nullptr;
    }
    open_ = flag_member(part, "willContinue") ? path : std::string();
}

}  // namespace wire
