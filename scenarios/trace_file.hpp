#pragma once

#include <string>
#include <vector>

#include "scenarios/runner.hpp"

namespace scenario {

// Performances kept as JSON Lines: one line that says what was played and how, then a line for
// each event, with all that a check may ask for. docs/trace-file.md describes the format.
//
// What was kept can be judged again, by the checks of another day or on another machine:
// tests/scenarios/trace_file_test.cpp finds the same objections for the whole library.
std::string trace_text(run_result const&);

// One performance as it was kept. Its `came` has not been judged anew: pass_judgement() does.
struct kept_performance {
    case_result what;
    standing_of was = standing_of::held;  // as the run found it
};

// Throws syntax_error, with line and column, for a file that is cut, damaged or none of ours.
std::vector<kept_performance> read_trace(std::string const& text, std::string const& path);

}  // namespace scenario
