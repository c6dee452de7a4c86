#pragma once

#include <string>

namespace scenario {

// What an MCP server does whose section says nothing: the lines of that section, with something
// of each feature that MCP has.
std::string const& autonomous_server();

}  // namespace scenario
