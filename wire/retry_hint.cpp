#include "wire/retry_hint.hpp"

#include <algorithm>

#include <boost/system/system_error.hpp>

#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

constexpr std::size_t digits_max = 6;

// The digits that `text` begins with; a fraction makes it one more.
std::string whole_seconds(std::string_view text) {
    auto const end = std::min(text.find_first_not_of("0123456789"), text.size());
    if (end == 0 || end > digits_max) return {};
    bool const more = text.substr(end, 1) == ".";
    return std::to_string(std::stol(std::string(text.substr(0, end))) + (more ? 1 : 0));
}

std::string told_by_google(nlohmann::json const& told) {
    auto const& whole = told.is_array() && !told.empty() ? told.front() : told;
    auto const* error = find_member(whole, "error");
    auto const* details = error ? find_member(*error, "details") : nullptr;
    if (!details || !details->is_array()) return {};
    for (auto const& one : *details)
        if (auto const delay = text_member(one, "retryDelay"); !delay.empty())
            return whole_seconds(delay);
    return {};
}

}  // namespace

std::string retry_hint(std::string_view body) {
    json_limits limits;
    limits.unique_names = limits.exact_integers = false;
    try {
        if (auto said = told_by_google(parse_json(body, limits)); !said.empty()) return said;
    } catch (boost::system::system_error const&) {
        // Not JSON: the words below may stand in it all the same.
    }
    auto const                 message = read_failure(0, body).message;
    constexpr std::string_view words = "retry after ";
    auto const                 at = message.find(words);
    if (at == message.npos) return {};
    auto const rest = std::string_view(message).substr(at + words.size());
    auto const unit = rest.find_first_not_of("0123456789.");
    return unit != rest.npos && rest.substr(unit).starts_with(" second") ? whole_seconds(rest)
                                                                         : std::string();
}

}  // namespace wire
