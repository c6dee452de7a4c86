#pragma once

#include "scenarios/stage.hpp"

namespace scenario {

// Says what `came` is: judges its events by the scenario's own lines and by the standing checks.
// An objection that only the stage could make, that of a hang, stays; all others are made anew.
// So a performance that was kept in a file is judged as it was when it was played.
//
// `only`: by this standing check alone; empty: by everything.
void pass_judgement(scenario const&, outcome& came, std::string const& only);

}  // namespace scenario
