#include "proxy/gateway.hpp"
#include "proxy/mcp_headers.hpp"

// What a request says of who sends it.
namespace proxy {

// A page that a browser shows must not spend our keys, nor may a name that somebody else resolves
// to this machine. /mcp says the same in its own form.
std::optional<request_problem> gateway::stranger(runtime::http_request const& request) const {
    auto const* origin = runtime::find_field(request.fields, "origin");
    if (origin && !is_own_origin(*origin, config_))
        return request_problem{403,
                               "invalid_request_error",
                               "forbidden_origin",
                               "this Origin is not allowed (allowed_origins)",
                               {},
                               {}};
    auto const* host = runtime::find_field(request.fields, "host");
    if (host && !is_own_host(*host, config_))
        return request_problem{403,
                               "invalid_request_error",
                               "forbidden_host",
                               "this Host is not allowed (allowed_hosts)",
                               {},
                               {}};
    return {};
}

presented_keys gateway::presented(runtime::http_request const& request) {
    presented_keys shown;
    for (auto const& [name, value] : request.fields) {
        runtime::http_fields const one{{name, value}};
        if (runtime::find_field(one, "authorization")) shown.authorization.push_back(value);
        if (runtime::find_field(one, "x-litellm-api-key")) shown.litellm_api_key.push_back(value);
        if (runtime::find_field(one, "x-api-key")) shown.x_api_key.push_back(value);
    }
    return shown;
}

}  // namespace proxy
