#include "scenarios/checks.hpp"

#include <algorithm>
#include <array>

namespace scenario {

// One row per file in scenarios/checks/, in the order `lockstep list` prints them.
namespace standing {
check bytes(), text(), chat_grammar(), tool_calls(), responses_grammar(), messages_grammar(),
    side_effects(), time(), cancel(), leftovers(), recovery(), equivalence(), no_buffering(),
    fairness(), no_cross_talk(), mcp_answers(), mcp_rules(), error_shape();
}

std::span<check const> checks() {
    static std::array const all{standing::bytes(),
                                standing::text(),
                                standing::chat_grammar(),
                                standing::tool_calls(),
                                standing::responses_grammar(),
                                standing::messages_grammar(),
                                standing::side_effects(),
                                standing::time(),
                                standing::cancel(),
                                standing::leftovers(),
                                standing::recovery(),
                                standing::equivalence(),
                                standing::no_buffering(),
                                standing::fairness(),
                                standing::no_cross_talk(),
                                standing::mcp_answers(),
                                standing::mcp_rules(),
                                standing::error_shape()};
    return all;
}

bool is_waived(scenario const& s, std::string_view check) {
    return std::any_of(s.waivers.begin(), s.waivers.end(),
                       [&](waiver const& w) { return w.check == check; });
}

}  // namespace scenario
