#pragma once

#include <nlohmann/json.hpp>

namespace proxy {

// Anthropic's MCP connector, as entries of `tools` that name MCP servers like everywhere else:
// `mcp_servers` of the request, and in `tools` the toolsets that say which of their tools count
// (beta mcp-client-2025-11-20), or in the server itself its `tool_configuration`
// (mcp-client-2025-04-04). Its tools run here, without asking, as they do at Anthropic.
//
// A server's url is one that tool_selection takes. An authorization_token is refused: keys come
// from the gateway's configuration. Throws refused.
nlohmann::json connector_tools(nlohmann::json const& servers, nlohmann::json const& tools);

// Whether an element of `tools` is the connector's.
bool is_toolset(nlohmann::json const& tool);

}  // namespace proxy
