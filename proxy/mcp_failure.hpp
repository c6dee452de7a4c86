#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "proxy/config.hpp"

namespace proxy {

// Why a request of an MCP client gets no answer of its server, as a JSON-RPC error of ours. The
// first two codes are what the SDKs use for the same.
struct mcp_failure {
    int         code;
    std::string message;
};

inline constexpr int mcp_connection_closed = -32000;
inline constexpr int mcp_request_timeout = -32001;
inline constexpr int mcp_server_down = -32001;  // nobody there who could be in time
inline constexpr int mcp_session_not_found = -32001;

inline constexpr char const* shutting_down = "the gateway is shutting down";

// What a server says of its trouble, without what we have told it in confidence.
std::string in_public(mcp_server const&, std::string text);

// What is wrong with a message that is larger than its limit; nothing if it is something else.
std::optional<std::string> oversize(boost::system::error_code const& why, limits const&);

mcp_failure to_failure(mcp_server const&, boost::system::error_code why, std::string last_words,
                       limits const&);

// A whole error response. Without an id where none can be told.
std::string error_text(mcp_failure const&, std::optional<std::string_view> id);
std::string result_text(std::string_view id, std::string_view result);

}  // namespace proxy
