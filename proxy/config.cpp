#include "proxy/config.hpp"

#include <algorithm>
#include <cmath>

#include "proxy/config_sections.hpp"
#include "proxy/config_spelling.hpp"
#include "proxy/key_check.hpp"
#include "proxy/yaml_reader.hpp"

namespace proxy {
namespace {

std::string read_key(yaml_value const& value) {
    auto       key = value.secret();
    auto const plain = [](char c) { return c > ' ' && c < 127; };
    // An empty key would look like a lock and be an open door.
    if (key.empty()) value.fail_secretly("this key is empty");
    if (key.size() > key_check::key_size_max)
        value.fail_secretly("a key has at most " + std::to_string(key_check::key_size_max) +
                            " bytes");
    if (!std::all_of(key.begin(), key.end(), plain))
        value.fail_secretly("a key is made of visible ASCII characters, without spaces");
    return key;
}

void read_general_settings(yaml_section& s, config& into) {
    if (auto const v = s.find("master_key")) into.master_key = read_key(*v);
    if (auto const v = s.find("max_request_size_mb")) {
        auto const megabytes = v->number();
        if (megabytes * (1 << 20) < 1 || megabytes > 1 << 20)
            v->fail("this is not a size of a request in megabytes");
        into.limits.request_body_max = static_cast<std::size_t>(megabytes * (1 << 20));
    }
    s.ignore({"store_model_in_db", "background_health_checks", "health_check_interval",
              "health_check_details", "always_include_stream_usage"});
    s.warn_of({"database_url", "mcp_client_side_auth_header_name", "litellm_key_header_name",
               "max_parallel_requests", "global_max_parallel_requests", "max_response_size_mb",
               "forward_client_headers_to_llm_api", "drain_endpoint_token", "alerting",
               "allowed_routes", "custom_auth", "enable_jwt_auth", "database_connection_pool_limit",
               "proxy_batch_write_at", "disable_spend_logs", "user_header_name"});
}

// mcp_aliases can be read only once the servers are there.
void read_litellm_settings(yaml_section& s, config& into, routing_reader& routes,
                           std::optional<yaml_value>& aliases) {
    if (auto const v = s.find("mcp_aliases")) aliases.emplace(*v);
    if (auto const v = s.find("request_timeout")) into.timeouts.request = v->limit();
    if (auto const v = s.find("sse_keepalive_ping_interval_seconds"))
        into.keepalive_interval = v->pause();
    if (auto const v = s.find("require_auth_for_metrics_endpoint"))
        into.metrics_need_key = v->boolean();
    routes.read_shared(s);
    s.ignore({"set_verbose", "json_logs", "telemetry", "turn_off_message_logging"});
    s.warn_of({"drop_params", "modify_params", "network_mock", "cache", "cache_params", "callbacks",
               "success_callback", "failure_callback", "reject_empty_mcp_resolved_tools",
               "max_budget", "budget_duration", "guardrails", "force_ipv4", "ssl_verify"});
}

void read_router_settings(yaml_section& s, config& into, routing_reader& routes) {
    if (auto const v = s.find("timeout")) into.timeouts.request = v->limit();
    if (auto const v = s.find("stream_timeout")) into.timeouts.first_byte = v->limit();
    routes.read_router(s);
    s.warn_of({"retry_policy", "allowed_fails_policy", "routing_strategy_args",
               "enable_pre_call_checks", "redis_host", "redis_port", "redis_password",
               "redis_url"});
}

runtime::address read_listen(yaml_value const& value) {
    try {
        return parse_listen_address(value.text());
    } catch (bad_url const& e) {
        value.fail("this is not an address to listen on", e.problem);
    }
}

http_url read_allowed_url(yaml_value const& value) {
    auto url = value.url();
    if (url.path.find_first_of("?%") != std::string::npos)
        value.fail("an allowed URL has neither a query nor escapes");
    return url;
}

void read_limit(yaml_section& s, limit_row const& row, limits& into) {
    auto const v = s.find(row.name);
    if (!v) return;
    if (row.of == limit_row::measure::time) into.*row.time = v->limit();
    if (row.of == limit_row::measure::bytes) into.*row.size = v->size();
    if (row.of == limit_row::measure::count) into.*row.size = v->count();
}

void read_lockstep_settings(yaml_section& s, config& into, tls_check const& check) {
    struct {
        char const*        name;
        runtime::duration& limit;
    } const lengths[]{
        {"connect_timeout", into.timeouts.connect},
        {"first_byte_timeout", into.timeouts.first_byte},
        {"idle_timeout", into.timeouts.idle},
        {"request_timeout", into.timeouts.request},
        {"tool_call_timeout", into.timeouts.tool_call},
        {"tool_listing_timeout", into.timeouts.tool_listing},
        {"client_write_timeout", into.timeouts.client_write},
        {"client_answer_timeout", into.timeouts.client_answer},
        {"drain_timeout", into.timeouts.drain},
        {"session_idle", into.session_idle},
    };
    for (auto const& [name, limit] : lengths)
        if (auto const v = s.find(name)) limit = v->limit();
    for (auto const& row : limit_rows()) read_limit(s, row, into.limits);

    if (auto const v = s.find("keepalive_interval")) into.keepalive_interval = v->pause();
    if (auto const v = s.find("listen")) into.listen = read_listen(*v);
    read_operation(s, into, check);
    if (auto const v = s.find("keys"))
        for (auto const& key : v->list()) into.keys.push_back(read_key(key));
    if (auto const v = s.find("allowed_mcp_urls"))
        for (auto const& url : v->list()) into.allowed_mcp_urls.push_back(read_allowed_url(url));
    if (auto const v = s.find("allowed_origins")) into.allowed_origins = v->texts();
    if (auto const v = s.find("allowed_hosts")) into.allowed_hosts = v->texts();
    if (auto const v = s.find("on_tool_failure"))
        into.on_tool_failure =
            v->one_of({"fail", "tell-model"}) == 0 ? tool_failure::fail : tool_failure::tell_model;
    if (auto const v = s.find("on_listing_failure"))
        into.on_listing_failure = v->one_of({"fail", "leave-out"}) == 0
                                      ? listing_failure::fail
                                      : listing_failure::leave_out;

    if (auto const v = s.find("mcp_era"))
        into.mcp_era = v->one_of({"legacy", "modern"}) == 0 ? mcp_era::legacy : mcp_era::modern;

    // Whoever can reach the gateway can spend its keys.
    if (!is_loopback(into.listen.host) && !into.master_key && into.keys.empty())
        if (auto const v = s.find("listen"))
            v->fail("other machines can reach this address, and there is no key",
                    "set general_settings.master_key");
}

}  // namespace

config read_config(std::string_view text, std::string const& file, environment const& env,
                   std::vector<std::string>& warnings, tls_check const& check) {
    yaml_source const source(text, file, env, warnings);
    config            made;
    yaml_section::read({source, source.root(), "the configuration"}, [&](yaml_section& top) {
        // Models and servers begin with what is said for all of them; our own section is the
        // most exact and has the last word.
        auto const models = top.find("model_list");
        auto const servers = top.find("mcp_servers");
        top.inside("general_settings", [&](yaml_section& s) { read_general_settings(s, made); });
        std::optional<yaml_value> aliases;
        routing_reader            routes(made.routing);
        top.inside("litellm_settings",
                   [&](yaml_section& s) { read_litellm_settings(s, made, routes, aliases); });
        top.inside("router_settings",
                   [&](yaml_section& s) { read_router_settings(s, made, routes); });
        top.inside("lockstep_settings",
                   [&](yaml_section& s) { read_lockstep_settings(s, made, check); });
        if (models) read_models(*models, made);
        routes.check(made);
        if (servers) read_servers(*servers, made);
        if (aliases) read_aliases(*aliases, made);
        for (auto& server : made.servers) server.command.words_max = made.limits.stderr_max;
        top.ignore({"environment_variables"});
        top.warn_of({"guardrails", "mcp_tools", "vector_store_registry", "credential_list",
                     "finetune_settings", "files_settings", "mcp_toolsets"});
    });
    return made;
}

model const* config::find_model(std::string_view name) const {
    if (auto const other = routing.aliases.find(std::string(name)); other != routing.aliases.end())
        name = other->second;
    auto const found = std::find_if(models.begin(), models.end(),
                                    [&](model const& each) { return each.name == name; });
    return found == models.end() ? nullptr : &*found;
}

mcp_server const* config::find_server(std::string_view name) const {
    auto const found = std::find_if(servers.begin(), servers.end(), [&](mcp_server const& each) {
        return each.name == name || (!each.alias.empty() && each.alias == name);
    });
    return found == servers.end() ? nullptr : &*found;
}

}  // namespace proxy
