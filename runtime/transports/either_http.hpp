#pragma once

#include <memory>

#include "runtime/mcp_transport.hpp"

namespace runtime {

// A session with a server that speaks one of the two transports over HTTP.
std::unique_ptr<mcp_channel> open_either_http(world, mcp_endpoint const&, mcp_channel_limits);

}  // namespace runtime
