#pragma once

#include "proxy/mcp_pool.hpp"
#include "proxy/tool_table.hpp"
#include "runtime/world.hpp"

namespace proxy {

// Asks all servers of a selection for their tools, at the same time; the order of the tools is that
// of the request. A server that does not tell them is `on_listing_failure`'s. Throws refused.
runtime::awaitable<tool_table> list_tools(runtime::world const&, config const&, mcp_pool&,
                                          tool_selection const&);

}  // namespace proxy
