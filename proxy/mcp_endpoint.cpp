#include "proxy/mcp_endpoint.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/client_answer.hpp"
#include "proxy/error.hpp"
#include "proxy/mcp_headers.hpp"
#include "proxy/request_body.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

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

bool primes(std::string const& revision) { return revision >= "2025-11-25"; }

}  // namespace

mcp_endpoint::mcp_endpoint(runtime::world const& w, config const& c, mcp_log log)
    : world_(w), config_(c), log_(std::move(log)), stateless_(w, c, log_), endings_(w.executor) {}

runtime::http_limit mcp_endpoint::write_limit() const {
    return {config_.timeouts.client_write, make_error_code(error::client_write_timeout)};
}

bool mcp_endpoint::owns(std::string_view path) const {
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

runtime::awaitable<bool> mcp_endpoint::serve(runtime::stream& stream, runtime::http_reader& reader,
                                             runtime::http_request const& request,
                                             std::string principal, load::kept& kept) {
    auto path = request.target.substr(0, request.target.find('?'));
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    visit v{stream, reader, request, std::move(path), std::move(principal), kept};
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
    if (why.status == 429 || why.status == 503) fields.emplace_back("Retry-After", "1");
    mcp_failure const               failure{why.code, why.message};
    std::optional<std::string_view> id;
    if (!why.id.empty()) id = why.id;
    auto              body = error_text(failure, id);
    bool const        whole = v.reader.body_done();
    bool const        keep_alive = whole && v.request.keep_alive;
    client_line const line{v.stream, world_.clock, write_limit()};
    co_await send_body(line, why.status, std::move(body), std::move(fields), keep_alive);
    co_return keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::post(visit& v) {
    if (auto const why = check_post(v)) co_return co_await refuse(v, *why);
    auto const& limits = config_.limits;
    auto        body = co_await read_body(v.reader, world_.clock, limits, "mcp_body_max", &v.kept);
    wire::rpc_message      message;
    std::optional<refusal> why;
    try {
        message = wire::parse_rpc(body, of_messages(limits));
        bool const needs_id = !std::holds_alternative<wire::rpc_notification>(message);
        // A name that is spelled with escapes would be passed on unchanged.
        if (needs_id && !wire::slice(body, "id"))
            why = refusal{400, wire::rpc_invalid_request, "a message without a plain id"};
    } catch (system_error const& e) {
        why = refusal{400, code_of(e.code()), passed_text(e.code(), limits).value_or(e.what())};
    }
    if (why) co_return co_await refuse(v, *why);
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (auto const wrong = request ? flaw_of(*request) : std::string(); !wrong.empty())
        why = refusal{400,
                      wire::rpc_invalid_params,
                      wrong,
                      {},
                      std::string(wire::slice(body, "id").value_or("null"))};
    if (why) co_return co_await refuse(v, *why);
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
                           "this id is in use, or " + passed_text("mcp_pending_max", limits)};
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
    auto const& limits = config_.limits;
    auto const  own = owned_by(v.principal);
    if (own >= limits.mcp_sessions_per_key_max)
        why =
            refusal{429, wire::rpc_internal_error, passed_text("mcp_sessions_per_key_max", limits)};
    if (sessions_.size() + opening_.size() >= limits.mcp_sessions_max)
        why = refusal{503, wire::rpc_internal_error, passed_text("mcp_sessions_max", limits)};
    if (why) co_return co_await refuse(v, *why);

    mcp_front_session::identity who;
    who.id = world_.entropy.token(32);
    who.principal = v.principal;
    who.path = v.path;
    who.servers = std::move(*servers);
    who.prefixed = v.path == "/mcp";
    who.log = log_;
    auto const session = std::make_shared<mcp_front_session>(world_, config_, std::move(who));
    struct counted {
        std::multiset<std::string>&          all;
        std::multiset<std::string>::iterator at;
        counted(std::multiset<std::string>& a, std::string const& who)
            : all(a), at(a.insert(who)) {}
        ~counted() { all.erase(at); }
    } const mine(opening_, v.principal);
    std::string        answer;
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
        sessions_[session->who().id] = {session, world_.clock.now()};
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
    auto const* last = runtime::find_field(v.request.fields, "last-event-id");
    if (!why && last && last->size() > config_.limits.last_event_id_max)
        why = refusal{400, wire::rpc_invalid_request,
                      passed_text("last_event_id_max", config_.limits)};
    if (why) co_return co_await refuse(v, *why);
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
    // Older clients would read an event without data as a message.
    if (behind == 0 && from->stream() > 0 && primes(session->revision()))
        co_await writer.write("id: " + from->id_of(0) + "\nretry: 1000\ndata: \n\n");
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

runtime::awaitable<void> mcp_endpoint::stop() {
    for (auto& [id, place] : sessions_)
        endings_.spawn("mcp session end", end_session(place.session));
    sessions_.clear();
    co_await endings_.wait();
    co_await stateless_.stop();
}

}  // namespace proxy
