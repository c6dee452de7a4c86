#include "scenarios/wire_profile.hpp"

#include <array>

namespace scenario {

std::span<wire_profile const> wire_profiles() {
    static std::array const all{
        wire_profile{.name = "clean",
                     .rule = "one unbroken answer: one id, one role, one finish reason; inner "
                             "calls are not shown",
                     .source = "BerriAI/litellm#31993"},
        wire_profile{.name = "hidden-first-turn",
                     .rule = "the model is asked unstreamed first and the client gets the turn "
                             "after the tools, streamed",
                     .source = "BerriAI/litellm#19129",
                     .hides_inner_turns = true,
                     .tells_last_turn_whole = true},
        wire_profile{.name = "visible-first-turn",
                     .rule = "every turn is streamed as a completion of its own, with its calls "
                             "and its finish reason",
                     .source = "BerriAI/litellm#19552",
                     .tells_turns_apart = true,
                     .tells_last_turn_whole = true},
        wire_profile{.name = "pass-through",
                     .rule = "nothing is known of MCP; what the provider says goes to the client",
                     .source = "Portkey-AI/gateway"},
    };
    return all;
}

wire_profile const* find_profile(std::string_view name) {
    for (auto const& profile : wire_profiles())
        if (profile.name == name) return &profile;
    return nullptr;
}

wire_profile const& clean_profile() { return wire_profiles().front(); }

}  // namespace scenario
