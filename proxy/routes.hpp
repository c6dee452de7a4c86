#pragma once

#include <string_view>

#include "proxy/endpoint.hpp"
#include "runtime/http.hpp"

namespace proxy {

enum class route_to { ask, kept_response, models, mcp, alive, ready, metrics };

// What the gateway serves at a path.
struct route_row {
    std::string_view path;
    std::string_view method;  // empty: whoever is asked knows which
    route_to         to;
    bool             needs_key;
    endpoint const*  spoken = &chat_completions;  // whose shape its errors have
    bool             and_below = false;           // all paths that begin with it
};

route_row const* find_route(std::string_view path);  // null if there is nothing

// The target without its query: what routes are compared with.
std::string_view path_of(runtime::http_request const&);

}  // namespace proxy
