#pragma once

#include <vector>

#include "scenarios/checks.hpp"

namespace scenario {

// The limits that a gateway promises, held against what passed: when one is told to have run
// out, it had; and when one has run out, it is told. Reads the settings of the scenario, and
// where it says nothing the defaults that README has. `check` is whose objections these are.
std::vector<objection> judge_limits(char const* check, evidence const&, story const&);

}  // namespace scenario
