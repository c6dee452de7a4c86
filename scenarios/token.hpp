#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"

namespace scenario {

// What is wrong at a place. Thrown by whoever reads a line; parse() alone knows the file and
// the line's text, and makes a syntax_error of it.
struct trouble {
    place       at;
    std::string problem;
    std::string hint;
};

struct split_line {
    std::vector<token> tokens;
    std::string        comment;  // what follows '#', without the blanks around it
};

// As tokenize(), but throws trouble and keeps the comment.
split_line split(std::string_view line, int line_number, int column = 1);

// For words that no author wrote, as in a trace: bytes that are no token pass as bare words.
std::vector<token> tokens_of(std::string_view words);

// Equal as a pattern sees it: JSON as JSON, all else exactly.
bool same(token const&, token const&);

// As an author would write them, one blank between two.
std::string to_text(token const&);
std::string to_text(std::vector<token> const&);

// Columns count characters and not bytes, from 1.
int column_at(std::string_view line, std::size_t byte);

}  // namespace scenario
