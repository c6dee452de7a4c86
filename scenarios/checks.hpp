#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/exchange.hpp"
#include "scenarios/wire_profile.hpp"

namespace scenario {

// What a check may know besides the trace.
struct evidence {
    scenario const&                    played;
    std::vector<runtime::event> const& events;
    tolerance                          slack;
    // From the world at the end, after the gateway was asked to stop.
    std::vector<std::string> const& left_over;  // "1 connection proxy -> openai", "2 alarms", ...
    std::vector<std::string> const& loop_trouble;  // nested run, blocked loop, foreign thread, ...
    // What passed beside the scenario (canary.hpp): empty if there was no canary.
    std::vector<runtime::event> const& beside;
    // What passed when the same was asked for streamed and not; empty: it was not asked.
    std::vector<runtime::event> const& twin;
    // The same, asked over the other endpoints; empty as well.
    std::vector<runtime::event> const& over_responses;
    std::vector<runtime::event> const& over_messages;
    // How the gateway shows its turns.
    wire_profile const&                profile = clean_profile();
    // A limit that the scenario does not set is what our own gateway takes.
    bool                               has_our_defaults = true;
    // The gateway was not stopped when the scenario was over.
    bool                               runs_on = false;
    // All that was said of MCP, by mcp_tap.
    std::vector<runtime::event> const& mcp = nothing;

    static inline std::vector<runtime::event> const nothing;

    // What they tell, read once for all checks.
    story const told{events};
    story const told_beside{beside};
    story const told_by_twin{twin};
    story const told_over_responses{over_responses};
    story const told_over_messages{over_messages};
};

// A law that holds in every scenario, unnamed by it. One file each in scenarios/checks/.
struct check {
    char const* id;      // "chat-grammar"
    char const* rule;    // in a sentence
    char const* source;  // specification section, issue, or reference
    std::vector<objection> (*judge)(evidence const&);
};

// One row per file in scenarios/checks/, in the order `lockstep list` prints them.
std::span<check const> checks();

// The scenario switches this one off.
bool is_waived(scenario const&, std::string_view check);

}  // namespace scenario
