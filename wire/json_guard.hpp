#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace wire {

// What JSON from outside may cost at most.
struct json_limits {
    std::size_t depth_max = 128;  // nlohmann copies and dumps by recursion
    std::size_t value_count_max = 200'000;
    std::size_t member_count_max = 10'000;  // of one object
    bool        unique_names = true;        // refuse an object that names a member twice
    bool        exact_integers = true;      // refuse an integer that a DOM would round
};

// JSON from outside. Refuses what nlohmann's own parse lets through or dies of: a raw NUL
// (it stops there and calls it success), nesting that would overflow the stack of a later
// copy, more values or members than the limit, text that is not UTF-8.
// Throws error::nul_byte, too_deep, too_many_values, too_many_members, not_utf8, repeated_name or
// malformed.
nlohmann::json parse_json(std::string_view text, json_limits limits = {});

// True if every byte belongs to a well-formed UTF-8 sequence (Unicode table 3-7).
bool is_utf8(std::string_view);

// Each maximal ill-formed part replaced by U+FFFD, as the WHATWG decoder does.
std::string to_utf8(std::string_view);

}  // namespace wire
