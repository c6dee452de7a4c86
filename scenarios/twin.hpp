#pragma once

#include <optional>

#include "scenarios/scenario.hpp"

namespace scenario {

// The same scenario with every streamed request unstreamed, and the other way round: what the
// check `equivalence` holds beside the original. Nothing where the two may differ by right: faults
// of a network, a client that waits for pieces or leaves, a provider that breaks its stream.
std::optional<scenario> twin_of(scenario const&);

}  // namespace scenario
