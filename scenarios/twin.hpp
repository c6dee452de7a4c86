#pragma once

#include <optional>

#include "scenarios/scenario.hpp"

namespace scenario {

// The same scenario with every streamed request unstreamed, and the other way round: what the
// check `equivalence` holds beside the original. Nothing where the two may differ by right: faults
// of a network, a client that waits for pieces or leaves, a provider that breaks its stream.
std::optional<scenario> twin_of(scenario const&);

// The same scenario asked over another endpoint, "responses" or "messages", where all of it is
// asked over chat. Nothing where the endpoints differ by right: what only one of them has, and
// what hangs on how many bytes an answer takes.
std::optional<scenario> sister_of(scenario const&, std::string const& endpoint);

}  // namespace scenario
