#pragma once

#include <string>
#include <string_view>

#include "scenarios/runner.hpp"

// How all reports speak of a case.
namespace scenario {

// False for what could not be read: then there is nothing but `unreadable`.
inline bool was_played(case_result const& c) {
    return c.played && c.unreadable.empty() && c.unmet.empty();
}

std::string_view word_of(standing_of);  // "passed", "failed", "inconclusive", ...

// The family that the file says it covers; else the folder of its id.
std::string family_of(case_result const&);

// What plays it again in the same way and prints all that passes; the scenario is to follow.
std::string command_again(case_result const&);

// All that there is to say of a case that is not as it should be, as the terminal has it; empty
// if it holds.
std::string told(case_result const&);

}  // namespace scenario
