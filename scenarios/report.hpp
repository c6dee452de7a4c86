#pragma once

#include <string>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/expectation.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// The failure of one scenario, told: title, place with caret, what passed as a diff in the
// language of the file, and the command that shows all of it.
//
// `again`: that command, without the scenario; empty: `lockstep trace`, in virtual time.
std::string report(scenario const&, std::vector<runtime::event> const&,
                   std::vector<objection> const&, std::string const& again = {});

// All that passed, as aligned transcript lines. Quiet events only with `all`.
std::string transcript(std::vector<runtime::event> const&, bool all = false);

}  // namespace scenario
