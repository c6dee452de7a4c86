#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "proxy/config.hpp"
#include "scenarios/scenario.hpp"

// Which limit of time holds where, and what happens when it has run out: read off the scenarios
// that hold it. Such a one names its limit in `covers` (limit:idle-timeout), sets it below
// `gateway`, and expects both of its bounds.
namespace scenario {

// A limit of time by its setting.
struct time_limit {
    char const*       setting;  // "idle-timeout"
    runtime::duration proxy::timeouts::* value;
    char const*                          prompt;  // what it is for
};
std::span<time_limit const> time_limits();

// What one scenario, or one instance of a sweep, says of its limit.
struct timeout_case {
    std::string id;
    std::string limit;      // "idle-timeout"
    std::string bound;      // "30s", as the scenario sets it
    std::string endpoint;   // "chat", "responses", "messages", "/mcp"
    std::string form;       // "streamed", "unstreamed"; at /mcp the era of the client
    std::string format;     // of the provider; empty: none
    std::string transport;  // of the MCP server, with its revision at /mcp; empty: none
    std::string told;       // "504 idle-timeout", "event idle-timeout", "error -32001"; "nothing"
    std::string closes;     // what the gateway closes, in the order of the lines of `expect`
};

// One for each limit that the scenario names; none if it names none.
std::vector<timeout_case> timeout_cases(scenario const&);

// The cases of one outcome, as the product of their sets.
struct timeout_line {
    timeout_case          common;  // limit, bound, told, closes
    std::set<std::string> endpoints, forms, formats, transports;
};
std::vector<timeout_line> timeout_lines(std::vector<timeout_case> const&);

}  // namespace scenario
