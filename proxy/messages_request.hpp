#pragma once

#include <string_view>

#include "proxy/endpoint.hpp"

namespace proxy {

// The body of POST /v1/messages. MCP servers are named in `tools` as at the other endpoints: an
// entry of type "mcp". Throws refused.
understood read_messages_request(std::string_view body, asking const&);

}  // namespace proxy
