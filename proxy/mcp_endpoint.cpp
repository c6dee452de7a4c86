#include "proxy/mcp_endpoint.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/client_answer.hpp"
#include "proxy/error.hpp"
#include "proxy/mcp_headers.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr auto body_patience = std::chrono::seconds(30);
constexpr int  session_not_found = -32001;

bool primes(std::string const& revision) { return revision >= "2025-11-25"; }

}  // namespace

mcp_endpoint::mcp_endpoint(runtime::world const& w, config const& c, sessions_place all)
    : world_(w),
      config_(c),
      all_sessions_(std::move(all)),
      stateless_(w, c),
      endings_(w.executor) {}

runtime::http_limit mcp_endpoint::write_limit() const {
    return {config_.timeouts.client_write, make_error_code(error::client_write_timeout)};
}

bool mcp_endpoint::owns(std::string_view path) {
    if (path == "/mcp" || path == "/mcp/" || path.starts_with("/mcp/")) return true;
    return path.ends_with("/mcp") && path.find('/', 1) == path.size() - 4;
}

std::optional<std::vector<mcp_server const*>> mcp_endpoint::servers_of(visit const& v) const {
    std::vector<mcp_server const*> found;
    if (v.path != "/mcp") {
        bool const  in_front = !v.path.starts_with("/mcp/");
        auto const  name = in_front ? v.path.substr(1, v.path.size() - 5) : v.path.substr(5);
        auto const* server = config_.find_server(name);
        if (!server) return std::nullopt;
        found.push_back(server);
        return found;
    }
    auto const* chosen = runtime::find_field(v.request.fields, "x-mcp-servers");
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

std::optional<mcp_endpoint::refusal> mcp_endpoint::check_sender(visit const& v) const {
    auto const* origin = runtime::find_field(v.request.fields, "origin");
    if (origin && !is_own_origin(*origin, config_))
        return refusal{403, wire::rpc_invalid_request, "this Origin is not allowed"};
    auto const* host = runtime::find_field(v.request.fields, "host");
    if (host && !is_own_host(*host, config_))
        return refusal{403, wire::rpc_invalid_request, "this Host is not allowed"};
    return std::nullopt;
}

runtime::awaitable<bool> mcp_endpoint::serve(runtime::stream& stream, runtime::http_reader& reader,
                                             runtime::http_request const& request,
                                             std::string                  principal) {
    auto path = request.target.substr(0, request.target.find('?'));
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    visit v{stream, reader, request, std::move(path), std::move(principal)};
    if (auto const why = check_sender(v)) co_return co_await refuse(v, *why);
    if (!servers_of(v)) {
        refusal const unknown{404, wire::rpc_invalid_request, "no such MCP server"};
        co_return co_await refuse(v, unknown);
    }
    if (request.method == "POST") co_return co_await post(v);
    if (request.method != "POST" && mcp_stateless::takes(request)) {
        refusal const post_only{405, wire::rpc_invalid_request, "POST", "POST"};
        co_return co_await refuse(v, post_only);
    }
    if (request.method == "GET") co_return co_await get(v);
    if (request.method == "DELETE") co_return co_await remove(v);
    refusal const other{405, wire::rpc_invalid_request, "POST, GET or DELETE", "GET, POST, DELETE"};
    co_return co_await refuse(v, other);
}

runtime::awaitable<void> mcp_endpoint::say(visit& v, unsigned status, std::string body,
                                           runtime::http_fields fields) {
    client_line const line{v.stream, world_.clock, write_limit()};
    co_await send_body(line, status, std::move(body), std::move(fields), v.request.keep_alive);
}

runtime::awaitable<bool> mcp_endpoint::refuse(visit& v, refusal why) {
    runtime::http_fields fields;
    if (!why.allow.empty()) fields.emplace_back("Allow", why.allow);
    mcp_failure const failure{why.code, why.message};
    auto              body = error_text(failure, std::nullopt);
    bool const        whole = v.reader.body_done();
    bool const        keep_alive = whole && v.request.keep_alive;
    client_line const line{v.stream, world_.clock, write_limit()};
    co_await send_body(line, why.status, std::move(body), std::move(fields), keep_alive);
    co_return keep_alive;
}

std::optional<mcp_endpoint::refusal> mcp_endpoint::find_session(visit const&     v,
                                                                session_pointer& found) {
    auto const* version = runtime::find_field(v.request.fields, "mcp-protocol-version");
    if (version && !wire::mcp::knows_revision(*version))
        return refusal{400, wire::rpc_invalid_request, "this MCP-Protocol-Version is not spoken"};
    auto const* id = runtime::find_field(v.request.fields, "mcp-session-id");
    if (!id) return refusal{400, wire::rpc_invalid_request, "MCP-Session-Id is missing"};
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

runtime::awaitable<bool> mcp_endpoint::post(visit& v) {
    if (auto const why = check_post(v)) co_return co_await refuse(v, *why);
    runtime::http_limit const limit{body_patience, boost::asio::error::timed_out};
    auto                      body = co_await v.reader.whole_body(limit);
    wire::rpc_message         message;
    std::optional<refusal>    why;
    try {
        message = wire::parse_rpc(body);
        bool const needs_id = !std::holds_alternative<wire::rpc_notification>(message);
        // A name that is spelled with escapes would be passed on unchanged.
        if (needs_id && !wire::slice(body, "id"))
            why = refusal{400, wire::rpc_invalid_request, "a message without a plain id"};
    } catch (system_error const& e) {
        bool const not_rpc = e.code() == wire::error::not_json_rpc;
        why = refusal{400, not_rpc ? wire::rpc_invalid_request : wire::rpc_parse_error, e.what()};
    }
    if (why) co_return co_await refuse(v, *why);
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (mcp_stateless::takes(v.request, message))
        co_return co_await stateless(v, std::move(body), message);
    bool const hello = request && request->method == "initialize";
    if (hello && !runtime::find_field(v.request.fields, "mcp-session-id"))
        co_return co_await begin_session(v, std::move(body));

    session_pointer session;
    why = find_session(v, session);
    if (!why && hello)
        why = refusal{400, wire::rpc_invalid_request, "this session is initialized already"};
    if (why) co_return co_await refuse(v, *why);
    if (!request) {
        co_await session->tell(std::move(body), message);
        co_await say(v, 202, {});
        co_return v.request.keep_alive;
    }
    auto stream = session->ask(std::move(body), *request);
    if (!stream) {
        refusal const full{400, wire::rpc_invalid_request,
                           "this id is in use, or too many requests are"};
        co_return co_await refuse(v, full);
    }
    co_return co_await tell_stream(v, std::move(session), std::move(stream), 0);
}

runtime::awaitable<bool> mcp_endpoint::stateless(visit& v, std::string body,
                                                 wire::rpc_message const& message) {
    if (std::holds_alternative<wire::rpc_response>(message)) {
        refusal const nobody{400, wire::rpc_invalid_request, "nobody has asked for an answer"};
        co_return co_await refuse(v, nobody);
    }
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (!request) {
        co_await say(v, 202, {});  // none means anything here
        co_return v.request.keep_alive;
    }
    auto servers = servers_of(v);
    if (servers->empty()) {
        refusal const none{404, wire::rpc_invalid_request, "no MCP server is here"};
        co_return co_await refuse(v, none);
    }
    mcp_stateless::visit one{v.stream, v.reader, v.request, std::move(*servers), v.path == "/mcp"};
    co_return co_await stateless_.serve(std::move(one), std::move(body), *request);
}

runtime::awaitable<bool> mcp_endpoint::begin_session(visit& v, std::string body) {
    auto const*            version = runtime::find_field(v.request.fields, "mcp-protocol-version");
    std::optional<refusal> why;
    if (version && !wire::mcp::knows_revision(*version))
        why = refusal{400, wire::rpc_invalid_request, "this MCP-Protocol-Version is not spoken"};
    auto servers = servers_of(v);
    if (servers->empty()) why = refusal{404, wire::rpc_invalid_request, "no MCP server is here"};
    counted mine(all_sessions_.count);
    if (all_sessions_.count > config_.limits.mcp_sessions_max)
        why = refusal{503, wire::rpc_internal_error, "this gateway has as many sessions as it may"};
    if (why) co_return co_await refuse(v, *why);

    mcp_front_session::identity who;
    who.id = world_.entropy.token(32) + all_sessions_.mark;
    who.principal = v.principal;
    who.path = v.path;
    who.servers = std::move(*servers);
    who.prefixed = v.path == "/mcp";
    auto const  session = std::make_shared<mcp_front_session>(world_, config_, std::move(who));
    std::string answer;
    std::exception_ptr failed;
    try {
        auto opening = session->open(std::move(body));
        auto watching = v.reader.hang_up();
        answer = co_await runtime::guarded(std::move(opening), std::move(watching));
    } catch (...) {
        failed = std::current_exception();
    }
    bool const taken = !failed && wire::slice(answer, "result");
    if (!taken) endings_.spawn("mcp session end", end_session(session));
    if (failed) std::rethrow_exception(failed);
    runtime::http_fields fields;
    if (taken) {
        sessions_.emplace(session->who().id, place{session, world_.clock.now(), std::move(mine)});
        changed_.ring();
        fields.emplace_back("MCP-Session-Id", session->who().id);
    }
    co_await say(v, 200, std::move(answer), std::move(fields));
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::get(visit& v) {
    auto const*            accept = runtime::find_field(v.request.fields, "accept");
    std::optional<refusal> why;
    session_pointer        session;
    if (!accept || !accepts(*accept, "text/event-stream"))
        why = refusal{406, wire::rpc_invalid_request, "Accept must name text/event-stream"};
    if (!why) why = find_session(v, session);
    if (why) co_return co_await refuse(v, *why);
    auto const* last = runtime::find_field(v.request.fields, "last-event-id");
    if (!last) {
        auto       standing = session->standing();
        auto const behind = standing->fresh();
        co_return co_await tell_stream(v, std::move(session), std::move(standing), behind);
    }
    auto const at = read_event_id(*last);
    auto       stream = at ? session->stream(at->stream) : nullptr;
    if (!stream) {
        refusal const unknown{400, wire::rpc_invalid_request,
                              "nothing is kept of this Last-Event-ID"};
        co_return co_await refuse(v, unknown);
    }
    co_return co_await tell_stream(v, std::move(session), std::move(stream), at->event);
}

runtime::awaitable<bool> mcp_endpoint::remove(visit& v) {
    session_pointer session;
    if (auto const why = find_session(v, session)) co_return co_await refuse(v, *why);
    sessions_.erase(session->who().id);
    // Its end does not depend on whether this visitor waits for it.
    endings_.spawn("mcp session end", end_session(session));
    while (!session->over()) co_await changed_.wait();
    co_await say(v, 200, {});
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::tell_stream(visit& v, session_pointer session,
                                                   std::shared_ptr<mcp_replay> from,
                                                   std::uint64_t               behind) {
    auto const reader = from->attach(behind);
    if (!reader) {
        refusal const gone{400, wire::rpc_invalid_request,
                           "what follows this Last-Event-ID is not kept any more"};
        co_return co_await refuse(v, gone);
    }
    struct leaving {
        mcp_replay&   stream;
        std::uint64_t reader;
        ~leaving() { stream.detach(reader); }
    } const mine{*from, *reader};
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream"},
                   {"Cache-Control", "no-cache, no-transform"},
                   {"X-Accel-Buffering", "no"},
                   {"MCP-Session-Id", session->who().id},
                   {"Transfer-Encoding", "chunked"}};
    auto const                 limit = write_limit();
    runtime::http_chunk_writer writer(v.stream, world_.clock, limit);
    writer.head(head);
    // So that a client that breaks off before the first message can say where it was. Older ones
    // would read an event without data as a message.
    if ((behind == 0 || from->stream() == 0) && primes(session->revision()))
        co_await writer.write("id: " + from->id_of(behind) + "\nretry: 1000\ndata: \n\n");
    else
        co_await writer.head_alone();
    auto       pumping = pump(v, *from, writer, *reader, behind);
    auto       watching = v.reader.hang_up();
    error_code why;
    try {
        co_await runtime::guarded(std::move(pumping), std::move(watching));
    } catch (system_error const& e) {
        why = e.code();
    }
    // A client that breaks off cancels nothing: what it has asked for is kept for it.
    if (why) throw system_error(why);
    if (auto const at = sessions_.find(session->who().id); at != sessions_.end())
        at->second.used = world_.clock.now();
    co_return v.request.keep_alive;
}

runtime::awaitable<void> mcp_endpoint::pump(visit&, mcp_replay& from,
                                            runtime::http_chunk_writer& writer,
                                            std::uint64_t reader, std::uint64_t behind) {
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

runtime::awaitable<void> mcp_endpoint::end_session(session_pointer session) {
    struct told {
        runtime::bell& changed;
        ~told() { changed.ring(); }
    } const over{changed_};
    co_await session->end();
}

runtime::awaitable<void> mcp_endpoint::sweep() {
    for (;;) {
        auto const now = world_.clock.now();
        auto       next = runtime::time_point::max();
        for (auto at = sessions_.begin(); at != sessions_.end();) {
            auto& [id, place] = *at;
            if (place.session->busy()) place.used = now;
            auto const due = place.used + config_.session_idle;
            if (due <= now) {
                endings_.spawn("mcp session end", end_session(std::move(place.session)));
                at = sessions_.erase(at);
                continue;
            }
            next = std::min(next, due);
            ++at;
        }
        if (next == runtime::time_point::max())
            co_await changed_.wait();
        else
            co_await world_.clock.sleep_until(next);
    }
}

runtime::awaitable<void> mcp_endpoint::until_empty() {
    while (!sessions_.empty()) co_await changed_.wait();
}

runtime::awaitable<void> mcp_endpoint::stop() {
    for (auto& [id, place] : sessions_)
        endings_.spawn("mcp session end", end_session(place.session));
    sessions_.clear();
    co_await endings_.wait();
    co_await stateless_.stop();
}

}  // namespace proxy
