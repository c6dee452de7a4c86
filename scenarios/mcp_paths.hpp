#pragma once

#include <string>
#include <string_view>

// Where a gateway, or a server, is asked as an MCP server.
namespace scenario {

inline std::string_view path_in(std::string_view target) {
    return target.substr(0, target.find('?'));
}

// Over HTTP+SSE: "/sse", "/sse/NAME", "/NAME/sse".
inline bool is_sse_path(std::string_view path) {
    return path == "/sse" || path.starts_with("/sse/") || path.ends_with("/sse");
}

// Where messages are posted over HTTP+SSE.
inline bool is_sse_post_path(std::string_view path) {
    return path == "/messages" || path == "/message" || path.starts_with("/messages/");
}

// The target of what an endpoint event says, read as a link on the page of the stream is.
std::string endpoint_target(std::string_view stream_target, std::string_view said);

}  // namespace scenario
