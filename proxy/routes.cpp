#include "proxy/routes.hpp"

namespace proxy {

namespace {

route_row const routes[] = {
    {"/v1/chat/completions", "POST", route_to::ask, true},
    {"/chat/completions", "POST", route_to::ask, true},
    {"/v1/responses", "POST", route_to::ask, true, &responses},
    {"/responses", "POST", route_to::ask, true, &responses},
    {"/openai/v1/responses", "POST", route_to::ask, true, &responses},
    {"/v1/responses/", "", route_to::kept_response, true, &responses, true},
    {"/responses/", "", route_to::kept_response, true, &responses, true},
    {"/openai/v1/responses/", "", route_to::kept_response, true, &responses, true},
    {"/v1/messages", "POST", route_to::ask, true, &messages},
    {"/v1/models", "GET", route_to::models, true},
    {"/models", "GET", route_to::models, true},
    {"/mcp", "", route_to::mcp, true, &mcp_messages},
    {"/health/liveliness", "GET", route_to::alive, false},
    {"/health/liveness", "GET", route_to::alive, false},
    {"/health/readiness", "GET", route_to::ready, false},
    {"/metrics", "GET", route_to::metrics, false},
};

}  // namespace

route_row const* find_route(std::string_view path) {
    for (auto const& row : routes)
        if (row.and_below ? path.starts_with(row.path) : row.path == path) return &row;
    return nullptr;
}

std::string_view path_of(runtime::http_request const& request) {
    return std::string_view(request.target).substr(0, request.target.find('?'));
}

}  // namespace proxy
