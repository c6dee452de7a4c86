#pragma once

#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/mcp_conversation.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// A gateway between clients and servers of MCP, as a trace of mcp_tap has it: what it says as a
// server to its clients and what it says as a client to its servers.
struct mcp_view {
    // A request of a client that can have become but one request to a server. No answer: null.
    struct pair {
        mcp_conversation const* front = nullptr;
        mcp_message const*      asked = nullptr;
        mcp_message const*      answer = nullptr;
        mcp_conversation const* behind = nullptr;
        mcp_message const*      back = nullptr;
        mcp_message const*      back_answer = nullptr;
    };

    std::vector<mcp_conversation> fronts;              // by client and path
    std::vector<mcp_conversation> backs;               // by server
    bool                          has_faults = false;  // lie on connections
    bool                          has_pauses = false;  // a client reads when it likes
    std::vector<pair>             pairs;
};

// Finds the pairs of the conversations that are there.
void pair_up(mcp_view&);

mcp_view mcp_view_of(std::vector<runtime::event> const&, scenario const&, runtime::duration slack);

// What a client asks for in this exchange that no good one would, by the names that an examination
// has for it: "unknown session". Empty: nothing; "several": more than one thing.
struct mcp_known_sessions {
    std::map<std::string, std::uint64_t> open, ended;  // by id, their scopes
    std::map<std::string, std::string>   keys;         // by id, what was said in Authorization
};
std::string probe_of(mcp_exchange const&, mcp_known_sessions const&, scenario const&);

}  // namespace scenario
