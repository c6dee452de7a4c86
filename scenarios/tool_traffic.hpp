#pragma once

#include <vector>

#include "scenarios/checks.hpp"

namespace scenario {

// The way of a tool call through a gateway, held against both of its ends: what the model asked
// for is called, as often and with the arguments that it gave, and what the server answered is
// handed to the model under that call. `check` is whose objections these are.
std::vector<objection> judge_tool_traffic(char const* check, evidence const&, story const&);

}  // namespace scenario
