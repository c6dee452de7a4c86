#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace scenario {

// One defect or wish that the library should cover: a line of a file in scenarios/coverage/.
//
//     owner/repo#17  a situation in a few words
//         not covered: REASON
struct coverage_row {
    std::string              link;
    std::string              situation;
    std::string              reason;  // why no scenario covers it; empty: one should
    std::vector<std::string> by;      // ids of scenarios that name the link in `covers`
};

enum class coverage_state {
    covered,
    excused,  // no scenario, and the reason is given
    missing,  // neither
    stale,    // a reason is given, but a scenario covers it
};
coverage_state state_of(coverage_row const&);

// Throws syntax_error. A link may stand there once only.
std::vector<coverage_row> read_coverage(std::string const& text, std::string const& path);

// Fills in which scenarios cover what.
void cover(std::vector<coverage_row>&, std::vector<scenario> const&);

}  // namespace scenario
