#pragma once

#include <string>
#include <vector>

#include "scenarios/gateway_file.hpp"

namespace scenario {

// What no clock of a machine has, and a scenario with the word `virtual` needs.
inline constexpr char virtual_time_need[] = "virtual time";

// What a gateway must be able to do for a scenario to make sense, as it follows from the
// scenario's own lines: "anthropic", "mcp", "stdio", "setting idle-timeout", "/v1/models", ...
std::vector<std::string> needs_of(scenario const&);

// Those of them that a gateway does not meet. Empty: the scenario is applicable.
std::vector<std::string> unmet(gateway_file const&, scenario const&);

// All that stands behind `can` in a gateway file, paths of its own aside.
std::vector<std::string> ability_words();

// What needs it, in a line, for people.
std::string needed_by(std::string const& ability);

}  // namespace scenario
