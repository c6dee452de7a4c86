#include "mock_mcp/http_manners.hpp"

#include "wire/mcp.hpp"

namespace mock_mcp {

namespace {

std::string field(runtime::http_request const& request, std::string_view name) {
    auto const* found = runtime::find_field(request.fields, name);
    return found ? *found : std::string();
}

// Of "http://host:1", "host:1" and "[::1]:1".
std::string_view host_alone(std::string_view text) {
    if (auto const scheme = text.find("://"); scheme != text.npos) text.remove_prefix(scheme + 3);
    if (text.starts_with('[')) return text.substr(0, text.find(']') + 1);
    return text.substr(0, text.find(':'));
}

bool is_loopback(std::string_view host) {
    return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.");
}

bool names(std::string const& accept, std::string_view type) {
    return accept.find(type) != accept.npos || accept.find("*/*") != accept.npos;
}

}  // namespace

std::optional<http_refusal> http_objection(runtime::http_request const& request,
                                           std::string_view listens_at, bool strangers) {
    auto const origin = field(request, "origin"), host = field(request, "host");
    auto const from = host_alone(origin);
    if (!strangers && !origin.empty() && !is_loopback(from) && from != host_alone(host))
        return http_refusal{403, "this Origin is not allowed"};
    if (!strangers && is_loopback(listens_at) && !host.empty() && !is_loopback(host_alone(host)))
        return http_refusal{403, "this Host is not served here"};
    if (request.method != "POST") return std::nullopt;
    auto const type = field(request, "content-type"), accept = field(request, "accept");
    if (!type.starts_with("application/json"))
        return http_refusal{415, "messages are application/json"};
    if (!accept.empty() && !names(accept, "application/json") &&
        !names(accept, "text/event-stream"))
        return http_refusal{406, "answers are application/json or text/event-stream"};
    auto const version = field(request, "mcp-protocol-version");
    // Those of the era since 2026-07-28 are refused with an error that names what is spoken.
    if (!version.empty() && version < "2026" && !wire::mcp::knows_revision(version))
        return http_refusal{400, "this protocol version is not spoken here"};
    return std::nullopt;
}

}  // namespace mock_mcp
