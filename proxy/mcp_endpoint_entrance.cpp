// Who may come in, and to which session.

#include <algorithm>

#include "proxy/mcp_endpoint.hpp"
#include "proxy/mcp_headers.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

constexpr int session_not_found = -32001;

}  // namespace

std::optional<mcp_endpoint::refusal> mcp_endpoint::check_sender(visit const& v) const {
    auto const* origin = runtime::find_field(v.request.fields, "origin");
    if (origin && !is_own_origin(*origin, config_))
        return refusal{403, wire::rpc_invalid_request, "this Origin is not allowed"};
    auto const* host = runtime::find_field(v.request.fields, "host");
    if (host && !is_own_host(*host, config_))
        return refusal{403, wire::rpc_invalid_request, "this Host is not allowed"};
    return std::nullopt;
}

std::optional<mcp_endpoint::refusal> mcp_endpoint::find_session(visit const&     v,
                                                                session_pointer& found) {
    auto const* version = runtime::find_field(v.request.fields, "mcp-protocol-version");
    if (version && !wire::mcp::knows_revision(*version))
        return refusal{400, wire::rpc_invalid_request, "this MCP-Protocol-Version is not spoken"};
    auto const* id = runtime::find_field(v.request.fields, "mcp-session-id");
    if (!id) return refusal{400, wire::rpc_invalid_request, "MCP-Session-Id is missing"};
    if (id->size() > config_.limits.mcp_session_id_max)
        return refusal{400, wire::rpc_invalid_request,
                       passed_text("mcp_session_id_max", config_.limits)};
    auto const at = sessions_.find(*id);
    if (at == sessions_.end() || at->second.session->who().principal != v.principal ||
        at->second.session->who().path != v.path)
        return refusal{404, session_not_found, "there is no such session"};
    at->second.used = world_.clock.now();
    found = at->second.session;
    return std::nullopt;
}

std::optional<mcp_endpoint::refusal> mcp_endpoint::check_post(visit const& v) const {
    auto const* type = runtime::find_field(v.request.fields, "content-type");
    if (!type || media_type(*type) != "application/json")
        return refusal{415, wire::rpc_invalid_request, "Content-Type must be application/json"};
    auto const* accept = runtime::find_field(v.request.fields, "accept");
    if (!accept || !accepts(*accept, "application/json") || !accepts(*accept, "text/event-stream"))
        return refusal{406, wire::rpc_invalid_request,
                       "Accept must name application/json and text/event-stream"};
    return std::nullopt;
}

std::size_t mcp_endpoint::owned_by(std::string const& principal) const {
    auto const own = std::count_if(sessions_.begin(), sessions_.end(), [&](auto const& entry) {
        return entry.second.session->who().principal == principal;
    });
    return static_cast<std::size_t>(own) + opening_.count(principal);
}

}  // namespace proxy
