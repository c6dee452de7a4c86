#include "scenarios/wire_profile.hpp"

#include <array>

namespace scenario {

std::span<wire_profile const> wire_profiles() {
    static std::array const all{
        wire_profile{"clean",
                     "one unbroken answer: one id, one role, one finish reason; inner calls are "
                     "not shown",
                     "BerriAI/litellm#31993"},
        wire_profile{"hidden-first-turn",
                     "the model is asked unstreamed first and the client gets the turn after the "
                     "tools, streamed",
                     "BerriAI/litellm#19129", true, false, true, false, true},
        wire_profile{"visible-first-turn",
                     "every turn is streamed as a completion of its own, with its calls and its "
                     "finish reason",
                     "BerriAI/litellm#19552", false, true, false, false, true},
        wire_profile{"pass-through",
                     "nothing is known of MCP; what the provider says goes to the client",
                     "Portkey-AI/gateway", false, false, false, true},
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
