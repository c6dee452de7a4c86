#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

// Reading and writing JSON that others will read: members that may be missing or of any type,
// numbers that may be absurd, text that must stay text.
namespace wire {

// Null if `object` is no object or has no such member, or the member is null.
nlohmann::json const* find_member(nlohmann::json const& object, char const* name);

// Empty unless the member is a string.
std::string text_member(nlohmann::json const& object, char const* name);

// False unless the member is true.
bool flag_member(nlohmann::json const& object, char const* name);

// A count of something, read with suspicion: 0 for what is no number or below 0, saturated
// at the top.
std::int64_t count_member(nlohmann::json const& object, char const* name);
std::int64_t add_counts(std::int64_t, std::int64_t);

// Text as JSON; is_discarded() if it is none. For what we said ourselves or only look at: what a
// stranger says goes through parse_json (json_guard.hpp).
nlohmann::json         read_json(std::string_view text);
nlohmann::ordered_json read_ordered_json(std::string_view text);

// Compact; ill-formed UTF-8 comes out as U+FFFD.
std::string dump(nlohmann::json const&);

// `text` as a JSON string, spelled as dump() would.
void append_quoted(std::string& out, std::string_view text);

}  // namespace wire
