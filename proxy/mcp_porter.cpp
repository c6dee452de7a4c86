#include "proxy/mcp_porter.hpp"

#include <algorithm>

#include "proxy/client_answer.hpp"
#include "proxy/error.hpp"
#include "proxy/mcp_batch.hpp"
#include "proxy/mcp_failure.hpp"
#include "proxy/mcp_headers.hpp"
#include "proxy/request_body.hpp"
#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

namespace {

using boost::system::error_code;

// Whether it is no JSON at all, or JSON that says nothing.
int code_of(error_code why) {
    for (auto const what :
         {wire::error::not_json_rpc, wire::error::too_many_values, wire::error::too_many_members,
          wire::error::id_too_large, wire::error::method_too_large})
        if (why == what) return wire::rpc_invalid_request;
    return wire::rpc_parse_error;
}

// What is wrong with its params, whatever the method makes of them; empty if nothing is.
std::string flaw_of(wire::rpc_request const& r) {
    bool const begins = r.method == "initialize";
    if (!r.params.is_object() && !(r.params.is_null() && !begins))
        return "params must be an object";
    if (r.method != "tools/call") return {};
    auto const* arguments = wire::find_member(r.params, "arguments");
    return arguments && !arguments->is_object() ? "arguments must be an object" : "";
}

}  // namespace

runtime::http_limit mcp_porter::write_limit() const {
    return {config_.timeouts.client_write, make_error_code(error::client_write_timeout)};
}

bool mcp_porter::is_at(std::string_view path, std::string_view word) {
    auto const own = "/" + std::string(word);
    if (path == own || path == own + '/' || path.starts_with(own + '/')) return true;
    return path.ends_with(own) && path.find('/', 1) == path.size() - own.size();
}

std::optional<std::vector<mcp_server const*>> mcp_porter::servers_of(mcp_visit const& v,
                                                                     std::string_view word) const {
    std::vector<mcp_server const*> found;
    auto const                     own = "/" + std::string(word);
    if (v.path != own) {
        bool const  in_front = !v.path.starts_with(own + '/');
        auto const  name = in_front ? v.path.substr(1, v.path.size() - own.size() - 1)
                                    : v.path.substr(own.size() + 1);
        auto const* server = config_.find_server(name);
        if (!server) return std::nullopt;
        found.push_back(server);
        return found;
    }
    auto const* chosen = v.header("x-mcp-servers");
    if (!chosen) {
        for (auto const& each : config_.servers) found.push_back(&each);
        return found;
    }
    for (auto const& name : words_of_list(*chosen)) {
        auto const* server = config_.find_server(name);
        if (!server) return std::nullopt;
        if (std::find(found.begin(), found.end(), server) == found.end()) found.push_back(server);
    }
    return found;
}

std::optional<mcp_refusal> mcp_porter::check_sender(mcp_visit const& v) const {
    auto const* origin = v.header("origin");
    if (origin && !is_own_origin(*origin, config_))
        return mcp_refusal{403, wire::rpc_invalid_request, "this Origin is not allowed"};
    auto const* host = v.header("host");
    if (host && !is_own_host(*host, config_))
        return mcp_refusal{403, wire::rpc_invalid_request, "this Host is not allowed"};
    return std::nullopt;
}

std::optional<mcp_refusal> mcp_porter::check_type(mcp_visit const& v) const {
    auto const* type = v.header("content-type");
    if (type && media_type(*type) == "application/json") return std::nullopt;
    return mcp_refusal{415, wire::rpc_invalid_request, "Content-Type must be application/json"};
}

std::optional<mcp_refusal> mcp_porter::too_large(std::string const& value,
                                                 char const*        limit_name) const {
    auto const& l = config_.limits;
    if (value.size() <= l.*limit_named(limit_name).size) return std::nullopt;
    return mcp_refusal{400, wire::rpc_invalid_request, passed_text(limit_name, l)};
}

std::optional<mcp_refusal> mcp_porter::too_many(mcp_session_count const& one_more) const {
    auto const& l = config_.limits;
    auto const  now = one_more.now();
    if (now.all > l.mcp_sessions_max)
        return mcp_refusal{503, wire::rpc_internal_error, passed_text("mcp_sessions_max", l)};
    if (now.own > l.mcp_sessions_per_key_max)
        return mcp_refusal{429, wire::rpc_internal_error,
                           passed_text("mcp_sessions_per_key_max", l)};
    return std::nullopt;
}

mcp_refusal mcp_porter::too_many_asked() const {
    return {400, wire::rpc_invalid_request,
            "an id is in use, or " + passed_text("mcp_pending_max", config_.limits)};
}

runtime::awaitable<std::string> mcp_porter::body_of(mcp_visit& v) const {
    auto& clock = world_.clock;
    return read_body(v.reader, clock, config_.limits, "mcp_body_max", &v.caller.kept);
}

std::optional<mcp_refusal> mcp_porter::read(std::string const& body,
                                            wire::rpc_message& into) const {
    auto const& l = config_.limits;
    try {
        into = wire::parse_rpc(body, of_messages(l));
    } catch (boost::system::system_error const& e) {
        return mcp_refusal{400, code_of(e.code()), passed_text(e.code(), l).value_or(e.what())};
    }
    if (!has_plain_id(body, into))
        return mcp_refusal{400, wire::rpc_invalid_request, "a message without a plain id"};
    auto const* request = std::get_if<wire::rpc_request>(&into);
    auto const  flaw = request ? flaw_of(*request) : std::string();
    if (flaw.empty()) return std::nullopt;
    auto const id = wire::slice(body, "id").value_or("null");
    return mcp_refusal{400, wire::rpc_invalid_params, flaw, {}, std::string(id)};
}

runtime::awaitable<void> mcp_porter::say(mcp_visit& v, unsigned status, std::string body,
                                         runtime::http_fields fields) const {
    auto&             clock = world_.clock;
    client_line const line{v.stream, clock, write_limit()};
    co_await send_body(line, status, std::move(body), std::move(fields), v.request.keep_alive);
}

runtime::awaitable<bool> mcp_porter::refuse(mcp_visit& v, mcp_refusal why) const {
    runtime::http_fields fields;
    if (!why.allow.empty()) fields.emplace_back("Allow", why.allow);
    if (why.status == 429 || why.status == 503) fields.emplace_back("Retry-After", "1");
    mcp_failure const               failure{why.code, why.message};
    std::optional<std::string_view> id;
    if (!why.id.empty()) id = why.id;
    auto              body = error_text(failure, id);
    bool const        whole = v.reader.body_done();
    bool const        keep_alive = whole && v.request.keep_alive;
    auto&             clock = world_.clock;
    client_line const line{v.stream, clock, write_limit()};
    co_await send_body(line, why.status, std::move(body), std::move(fields), keep_alive);
    co_return keep_alive;
}

runtime::awaitable<void> mcp_porter::pump(mcp_replay& from, runtime::http_chunk_writer& writer,
                                          std::uint64_t reader, std::uint64_t behind) const {
    auto const interval = config_.keepalive_interval;
    while (from.reads(reader)) {
        if (auto const* event = from.next(behind)) {
            auto const bytes = event->bytes;
            behind = event->number;
            co_await writer.write(bytes);
            from.sent(behind);
            continue;
        }
        if (from.finished()) break;
        bool rang = true;
        if (interval > runtime::duration::zero())
            rang = co_await from.changed.wait_for(world_.clock, interval);
        else
            co_await from.changed.wait();
        if (!rang) co_await writer.write(": keep-alive\n\n");
    }
    co_await writer.finish();
}

}  // namespace proxy
