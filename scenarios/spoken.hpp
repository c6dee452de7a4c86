#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace scenario {

enum class role { client, gateway, provider, mcp_server };

// What one actor may say to another in a transcript: the first words of its arrows. A trace has
// no others, so an arrow with another one could never be met, and `never` would hold for nothing.
struct spoken_row {
    role                     from;
    role                     to;
    std::vector<std::string> verbs;
};
std::span<spoken_row const> spoken();

// The verbs of one way; null where nothing ever passes: actors speak with the gateway only.
std::vector<std::string> const* verbs_between(role from, role to);

}  // namespace scenario
