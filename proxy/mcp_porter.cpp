#include "proxy/mcp_porter.hpp"

#include <algorithm>

#include "proxy/client_answer.hpp"
#include "proxy/error.hpp"
#include "proxy/mcp_failure.hpp"
#include "proxy/mcp_headers.hpp"
#include "wire/json_rpc.hpp"

namespace proxy {

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

runtime::awaitable<void> mcp_porter::say(mcp_visit& v, unsigned status, std::string body,
                                         runtime::http_fields fields) const {
    auto&             clock = world_.clock;
    client_line const line{v.stream, clock, write_limit()};
    co_await send_body(line, status, std::move(body), std::move(fields), v.request.keep_alive);
}

runtime::awaitable<bool> mcp_porter::refuse(mcp_visit& v, mcp_refusal why) const {
    runtime::http_fields fields;
    if (!why.allow.empty()) fields.emplace_back("Allow", why.allow);
    mcp_failure const failure{why.code, why.message};
    auto              body = error_text(failure, std::nullopt);
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
