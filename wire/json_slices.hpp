#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Pieces of a JSON text as they are spelled there: what is passed on keeps its unknown members, the
// order of its members and the form of its numbers, and only the piece that is meant is changed.
//
// The text must be JSON that parse_json() has taken; of anything else a wrong piece may come, but
// never one outside of the text.
namespace wire {

using json_path = std::span<std::string_view const>;

// The value below these names, without the blanks around it. Nothing if there is none.
std::optional<std::string_view> slice(std::string_view text, json_path path);
std::optional<std::string_view> slice(std::string_view text, std::string_view name);

// The elements of an array; none if it is no array.
std::vector<std::string_view> elements(std::string_view array);

// The members of an object, names as they are spelled between their quotes.
std::vector<std::pair<std::string_view, std::string_view>> members(std::string_view object);

// The text with another value below these names; unchanged if there is none.
std::string with_value(std::string_view text, json_path path, std::string_view value);
std::string with_value(std::string_view text, std::string_view name, std::string_view value);

// The object with one more member, in front of the others.
std::string with_member(std::string_view object, std::string_view name, std::string_view value);

// On one line: line ends in a JSON text are blanks and nothing else.
std::string on_one_line(std::string text);

}  // namespace wire
