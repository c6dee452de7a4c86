#include "scenarios/checks.hpp"

#include <array>

namespace scenario {

// One row per file in scenarios/checks/, in the order `lockstep list` prints them.
namespace standing {
check bytes(), text(), chat_grammar(), tool_calls(), side_effects(), time(), cancel(), leftovers(),
    recovery(), equivalence(), fairness();
}

std::span<check const> checks() {
    static std::array const all{
        standing::bytes(),       standing::text(),         standing::chat_grammar(),
        standing::tool_calls(),  standing::side_effects(), standing::time(),
        standing::cancel(),      standing::leftovers(),    standing::recovery(),
        standing::equivalence(), standing::fairness()};
    return all;
}

}  // namespace scenario
