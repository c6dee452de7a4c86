#pragma once

#include "scenarios/scenario.hpp"
#include "scenarios/wire_profile.hpp"

namespace scenario {

// The scenario as it looks through a gateway of this profile: lines about what such a gateway
// shows otherwise, by its own rules, are left out; all others stand as they were written.
scenario seen_through(wire_profile const&, scenario const&);

}  // namespace scenario
