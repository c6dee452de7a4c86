#include "scenarios/checks.hpp"

#include <array>

namespace scenario {

// One row per file in scenarios/checks/, in the order `lockstep list` prints them.
namespace standing {
check bytes(), text(), chat_grammar(), tool_calls(), side_effects(), time(), cancel(), leftovers();
}

std::span<check const> checks() {
    using namespace standing;
    static std::array const all{bytes(),        text(),           chat_grammar(), tool_calls(),
                                side_effects(), standing::time(), cancel(),       leftovers()};
    return all;
}

}  // namespace scenario
