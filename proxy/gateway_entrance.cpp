#include "proxy/gateway.hpp"
#include "proxy/mcp_headers.hpp"

// What a request says of who sends it.
namespace proxy {

// A page that a browser shows must not spend our keys, nor may a name that somebody else resolves
// to this machine. /mcp says the same in its own form.
std::optional<request_problem> gateway::stranger(runtime::http_request const& request,
                                                 config const&                settings) {
    auto const* origin = runtime::find_field(request.fields, "origin");
    if (origin && !is_own_origin(*origin, settings))
        return request_problem{403,
                               "invalid_request_error",
                               "forbidden_origin",
                               "this Origin is not allowed (allowed_origins)",
                               {},
                               {}};
    auto const* host = runtime::find_field(request.fields, "host");
    if (host && !is_own_host(*host, settings))
        return request_problem{403,
                               "invalid_request_error",
                               "forbidden_host",
                               "this Host is not allowed (allowed_hosts)",
                               {},
                               {}};
    return {};
}

// Why one more request is not taken on, if its key may not have another or all places are taken.
std::optional<request_problem> gateway::too_much(limits const& l, bool key_may,
                                                 bool has_place) const {
    if (!key_may)
        return request_problem{429,
                               "rate_limit_error",
                               "too_many_requests",
                               passed_text("requests_per_key_max", l),
                               {},
                               {}};
    if (!has_place)
        return request_problem{
            503, "overloaded", "too_many_streams", passed_text("streams_max", l), {}, {}};
    if (commons_.load.bytes_kept() >= l.buffered_max)
        return request_problem{503, "overloaded", "overloaded", passed_text("buffered_max", l), {},
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

std::int64_t gateway::unix_now() const {
    if (commons_.unix_nanoseconds) return commons_.unix_nanoseconds();
    constexpr std::int64_t second = 1'000'000'000;
    return world_.clock.unix_seconds() * second +
           world_.clock.now().time_since_epoch().count() % second;
}

// What is not told has been told by somebody else, or is of no interest: probes, scrapes.
void gateway::trace_over(connection& client, bool told) {
    if (!client.trace) return;
    auto const& e = client.entry;
    if (told) {
        auto& trace = *client.trace;
        trace.name(e.method + ' ' + e.path);
        trace.note("http.request.method", e.method);
        trace.note("url.path", e.path);
        trace.note("lockstep.request_id", e.request_id);
        if (e.status) trace.note("http.response.status_code", *e.status);
        if (!e.model.empty()) trace.note("gen_ai.request.model", e.model);
        trace.failed(e.error);
    }
    client.trace.reset();
}

}  // namespace proxy
