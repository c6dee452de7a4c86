#pragma once

#include <map>
#include <optional>
#include <string>

#include "proxy/config.hpp"
#include "runtime/network.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// Where the actors of one performance can be reached.
struct addresses {
    runtime::address                                gateway;
    std::map<std::string, runtime::address>         of;      // providers, and MCP servers over HTTP
    std::optional<runtime::address>                 canary;  // the canary's provider
    // The command lines of MCP servers over stdio, where they are programs of their own.
    std::map<std::string, std::vector<std::string>> programs;
};

inline constexpr char gateway_key[] = "sk-lockstep";

// The name under which clients ask for this provider's model.
std::string model_name(scenario const&, mock::provider_script const&);

// The command line of an MCP server over stdio.
std::vector<std::string> command_of(mock_mcp::mcp_script const&, addresses const&);

// A gateway's configuration for this scenario, in LiteLLM's YAML: what a gateway in a process of
// its own would be given.
std::string gateway_yaml(scenario const&, addresses const&);

// The same, read. A setting that nobody knows becomes a syntax_error at its place in the file.
proxy::config gateway_config(scenario const&, addresses const&);

}  // namespace scenario
