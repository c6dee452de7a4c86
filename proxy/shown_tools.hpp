#pragma once

#include <string>
#include <vector>

#include "proxy/client_answer.hpp"
#include "proxy/tool_table.hpp"

// How a client and the model name the same tool of an MCP server. The model knows one flat list,
// the client has a label for each entry of its request.
namespace proxy {

// The servers that have told no tools, each once under its label.
std::vector<silent_label> silent_labels(config const&, tool_selection const&, tool_table const&);

shown_tool shown(config const&, tool_selection const&, mcp_function const&);

// All of them, in the order in which the model is told.
std::vector<shown_tool> shown_tools(config const&, tool_selection const&, tool_table const&);

// The model's name of a tool that a client speaks of; `name` itself if nobody has that label.
std::string told_name(config const&, tool_selection const&, std::string const& label,
                      std::string const& name);

}  // namespace proxy
