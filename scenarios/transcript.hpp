#pragma once

#include <string>
#include <vector>

#include "runtime/trace.hpp"

namespace scenario {

// A line of a transcript before its columns are aligned.
struct transcript_row {
    char        mark = ' ';  // ' ', or '-', '+' and '>' in a report
    std::string time;
    std::string from;
    std::string to;
    std::string what;
};

transcript_row row_of(runtime::event const&);

// Four blanks or a mark, the time to the right, `gap` blanks, who -> whom, two blanks, what.
std::string aligned(std::vector<transcript_row> const&, std::size_t gap);

}  // namespace scenario
