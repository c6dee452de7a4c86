#include <sstream>

#include "proxy/config.hpp"

namespace proxy {
namespace {

std::string without_query(http_url const& url) {
    // Some servers take their key as a parameter.
    auto const query = url.text.find('?');
    return query == std::string::npos ? url.text : url.text.substr(0, query) + "?...";
}

void tell(std::ostream& out, char const* key, std::vector<std::string> const& words) {
    if (words.empty()) return;
    out << "    " << key << ':';
    for (auto const& word : words) out << ' ' << word;
    out << '\n';
}

void tell(std::ostream& out, model const& m) {
    auto const& t = m.timeouts;
    out << "model " << m.name << '\n'
        << "    asks: " << m.provider << '/' << m.upstream_name << " at "
        << (m.api.at.tls ? "https://" : "http://") << runtime::to_text(m.api.at) << m.api.path
        << '\n'
        << "    api_key: " << (m.api_key.empty() ? "none" : "set") << '\n'
        << "    timeouts: connect " << runtime::to_text(t.connect) << ", first byte "
        << runtime::to_text(t.first_byte) << ", idle " << runtime::to_text(t.idle) << ", request "
        << runtime::to_text(t.request) << '\n'
        << "    keepalive_interval: " << runtime::to_text(m.keepalive_interval) << '\n';
    if (!m.api_version.empty()) out << "    api_version: " << m.api_version << '\n';
    if (!m.aws_region.empty()) out << "    aws_region: " << m.aws_region << '\n';
    if (!m.aws_secret_key.empty()) out << "    aws_secret_access_key: set\n";
    if (!m.aws_session_token.empty()) out << "    aws_session_token: set\n";
    if (m.weight != 1) out << "    weight: " << m.weight << '\n';
    if (m.order != 0) out << "    order: " << m.order << '\n';
    if (!m.options.empty()) out << "    options: " << m.options.dump() << '\n';
}

void tell(std::ostream& out, char const* key,
          std::map<std::string, routing::names> const& fallbacks) {
    for (auto const& [asked, others] : fallbacks) {
        out << key << ": " << asked << " ->";
        for (auto const& other : others) out << ' ' << other;
        out << '\n';
    }
}

void tell(std::ostream& out, routing const& r) {
    out << "num_retries: " << r.retries << '\n'
        << "retry_after: " << runtime::to_text(r.retry_after) << '\n'
        << "max_fallbacks: " << r.fallbacks_max << '\n'
        << "allowed_fails: " << r.allowed_fails << '\n'
        << "cooldown_time: " << runtime::to_text(r.cooldown) << '\n';
    tell(out, "fallback", r.fallbacks);
    tell(out, "context_window_fallback", r.context_window_fallbacks);
    tell(out, "content_policy_fallback", r.content_policy_fallbacks);
    for (auto const& name : r.default_fallbacks) out << "default_fallback: " << name << '\n';
    for (auto const& [alias, name] : r.aliases) out << "alias: " << alias << " -> " << name << '\n';
}

void tell(std::ostream& out, mcp_server const& s) {
    out << "mcp_server " << s.name << '\n';
    if (!s.alias.empty()) out << "    alias: " << s.alias << '\n';
    if (!s.is_program()) {
        out << "    url: " << without_query(s.url) << '\n';
    } else {
        // Arguments may be secrets, and often are.
        out << "    command: " << s.command.arguments.front() << " ("
            << s.command.arguments.size() - 1 << " arguments)\n";
    }
    std::vector<std::string> names;
    for (auto const& [name, value] : s.headers) names.push_back(name);
    tell(out, "headers", names);
    names.clear();
    for (auto const& [name, value] : s.command.environment) names.push_back(name);
    tell(out, "env", names);
    tell(out, "allowed_tools", s.allowed_tools);
    tell(out, "disallowed_tools", s.disallowed_tools);
    out << "    timeouts: tool call " << runtime::to_text(s.tool_call) << ", tool listing "
        << runtime::to_text(s.tool_listing) << '\n';
}

std::string bare_value(limit_row const& row, limits const& l) {
    return row.of == limit_row::measure::time ? runtime::to_text(l.*row.time)
                                              : std::to_string(l.*row.size);
}

}  // namespace

std::string describe(config const& c) {
    auto const&        l = c.limits;
    std::ostringstream out;
    out << "listen: " << runtime::to_text(c.listen) << '\n';
    if (c.tls)
        out << "tls_certificate: " << c.tls->certificate << '\n'
            << "tls_key: " << c.tls->key << '\n';
    out << "loops: " << (c.loops == 0 ? "one a processor" : std::to_string(c.loops)) << '\n';
    if (c.otlp.endpoint) {
        out << "otlp_endpoint: " << without_query(*c.otlp.endpoint) << '\n' << "otlp_headers:";
        for (auto const& [name, value] : c.otlp.headers) out << ' ' << name;
        out << "\notlp_service_name: " << c.otlp.service_name << '\n';
    }
    out << "keys: " << c.keys.size() + (c.master_key ? 1 : 0) << '\n'
        << "keepalive_interval: " << runtime::to_text(c.keepalive_interval) << '\n'
        << "connect_timeout: " << runtime::to_text(c.timeouts.connect) << '\n'
        << "first_byte_timeout: " << runtime::to_text(c.timeouts.first_byte) << '\n'
        << "idle_timeout: " << runtime::to_text(c.timeouts.idle) << '\n'
        << "request_timeout: " << runtime::to_text(c.timeouts.request) << '\n'
        << "tool_call_timeout: " << runtime::to_text(c.timeouts.tool_call) << '\n'
        << "tool_listing_timeout: " << runtime::to_text(c.timeouts.tool_listing) << '\n'
        << "client_write_timeout: " << runtime::to_text(c.timeouts.client_write) << '\n'
        << "client_answer_timeout: " << runtime::to_text(c.timeouts.client_answer) << '\n'
        << "drain_timeout: " << runtime::to_text(c.timeouts.drain) << '\n'
        << "session_idle: " << runtime::to_text(c.session_idle) << '\n'
        << "on_tool_failure: " << (c.on_tool_failure == tool_failure::fail ? "fail" : "tell-model")
        << '\n'
        << "on_listing_failure: "
        << (c.on_listing_failure == listing_failure::fail ? "fail" : "leave-out") << '\n'
        << "mcp_era: " << (c.mcp_era == mcp_era::legacy ? "legacy" : "modern") << '\n';
    for (auto const& row : limit_rows()) out << row.name << ": " << bare_value(row, l) << '\n';
    out << "require_auth_for_metrics_endpoint: " << (c.metrics_need_key ? "true" : "false") << '\n';
    tell(out, c.routing);
    for (auto const& origin : c.allowed_origins) out << "allowed_origin: " << origin << '\n';
    for (auto const& host : c.allowed_hosts) out << "allowed_host: " << host << '\n';
    for (auto const& url : c.allowed_mcp_urls) out << "allowed_mcp_url: " << url.text << '\n';
    for (auto const& each : c.models) tell(out, each);
    for (auto const& each : c.servers) tell(out, each);
    return out.str();
}

}  // namespace proxy
