#pragma once

#include <string>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/results.hpp"

namespace scenario {

// The text of a scenario whose `expect exactly` says what has passed. One without any `expect`
// gets one at its end; a plain `expect` chooses what it asks for, so it stays as it is.
std::string rewritten(scenario const&, std::string const& text,
                      std::vector<runtime::event> const& passed);

// Plays each in virtual time and writes its file anew if something changed: to be reviewed like
// code. Gives the exit status.
int rewrite(std::vector<case_result> const&);

}  // namespace scenario
