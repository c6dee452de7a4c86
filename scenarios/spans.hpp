#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/spoken.hpp"

namespace scenario {

// Something that an actor was busy with: a client and the gateway with a request, a provider with
// a turn, an MCP server with a call. `begin` and `end` are places in the trace.
struct span {
    std::string   actor;
    std::string   label;
    std::uint64_t exchange = 0;
    std::size_t   begin = 0;
    std::size_t   end = 0;
};

// In the order in which they begin. What never ended, ends with the trace.
std::vector<span> spans_of(std::vector<runtime::event> const&);

struct actor {
    std::string         name;
    std::optional<role> plays;  // nothing: the scenario does not know it
};

// Everybody in the order in which a picture has them: clients, the gateway, providers, servers;
// last whoever is in the trace only.
std::vector<actor> actors_of(scenario const&, std::vector<runtime::event> const&);

}  // namespace scenario
