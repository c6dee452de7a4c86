#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scenario {

// How a gateway shows its client an answer in the middle of which it has run MCP tools. The same
// story looks different in each, and each is right by its own rules; the standing checks read
// them here.
struct wire_profile {
    char const* name;
    char const* rule;    // in a sentence
    char const* source;  // where it is seen

    // The client does not get the text of turns that end in MCP calls.
    bool hides_inner_turns = false;
    // Each turn comes as a completion of its own: id, role, finish reason and calls again.
    bool tells_turns_apart = false;
    // An unstreamed answer holds what the last turn said, and nothing of those before it.
    bool tells_last_turn_whole = false;
};

// In the order of `lockstep list profiles`; the first is the one of our own gateway.
std::span<wire_profile const> wire_profiles();

wire_profile const* find_profile(std::string_view name);  // null: there is none
wire_profile const& clean_profile();

}  // namespace scenario
