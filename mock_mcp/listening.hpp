#pragma once

#include <algorithm>

#include "mock_mcp/mock_mcp.hpp"

namespace mock_mcp {

// Among those who are told of what changes, as long as it lives.
struct mock_mcp::listening {
    listening(mock_mcp& at, listener& who) : all(at.listeners_), one(who) { all.push_back(&one); }
    ~listening() { std::erase(all, &one); }
    listening(listening const&) = delete;

    std::vector<listener*>& all;
    listener&               one;
};

// What belongs to no request is said to this client there, as long as it lives.
struct mock_mcp::standing {
    standing(visitor& to, reply& at) : who(to), before(to.out) { who.out = &at; }
    ~standing() { who.out = before; }
    standing(standing const&) = delete;

    visitor& who;
    reply*   before;
};

}  // namespace mock_mcp
