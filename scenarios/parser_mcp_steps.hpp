#pragma once

#include "scenarios/parser_draft.hpp"

namespace scenario {

// One step of an MCP server, as it stands below a tool or a method.
mock_mcp::mcp_step read_mcp_step(phrase&, int line, draft&);

// Throws where a question that is asked together with the one above it cannot be.
void check_together(mock_mcp::mcp_step const&, std::vector<mock_mcp::mcp_step> const& above, place);

}  // namespace scenario
