#pragma once

#include <set>
#include <string>

#include <nlohmann/json.hpp>

namespace mock_mcp {

class reply;

// A client up to 2025-11-25, as the server knows it: a session over HTTP, a process over stdio.
struct visitor {
    std::string           revision;  // agreed on; empty: it has not said hello
    nlohmann::json        capabilities;
    std::string           log_level;      // the least that it wants to hear; empty: all
    std::set<std::string> subscriptions;  // URIs
    reply*                out = nullptr;  // where it is told what belongs to no request
};

}  // namespace mock_mcp
