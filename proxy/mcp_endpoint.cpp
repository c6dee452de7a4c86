#include "proxy/mcp_endpoint.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/mcp_batch.hpp"
#include "proxy/mcp_headers.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

bool primes(std::string const& revision) { return revision >= "2025-11-25"; }

}  // namespace

mcp_endpoint::mcp_endpoint(runtime::world const& w, config const& c, mcp_sessions_place all,
                           mcp_log log)
    : world_(w),
      config_(c),
      all_sessions_(std::move(all)),
      log_(std::move(log)),
      porter_(w, c),
      stateless_(w, c, log_),
      older_(w, c, porter_, all_sessions_, log_),
      endings_(w.executor) {}

std::optional<std::string> mcp_endpoint::session_in(runtime::http_request const& request) {
    auto const* id = runtime::find_field(request.fields, "mcp-session-id");
    return id ? std::optional(*id) : mcp_sse_endpoint::session_in(request.target);
}

bool mcp_endpoint::is_for_news(runtime::http_request const& request) {
    auto const* method = runtime::find_field(request.fields, "mcp-method");
    return request.method == "GET" || (method && *method == wire::mcp::listen_method);
}

bool mcp_endpoint::owns(std::string_view path) {
    return mcp_porter::is_at(path, "mcp") || mcp_sse_endpoint::owns(path);
}

runtime::awaitable<bool> mcp_endpoint::serve(runtime::stream& stream, runtime::http_reader& reader,
                                             runtime::http_request const& request,
                                             mcp_caller                   caller) {
    auto path = request.target.substr(0, request.target.find('?'));
    if (path.size() > 1 && path.ends_with('/')) path.pop_back();
    mcp_visit v{stream, reader, request, std::move(path), std::move(caller)};
    if (auto const why = porter_.check_sender(v)) co_return co_await porter_.refuse(v, *why);
    if (mcp_sse_endpoint::owns(v.path)) co_return co_await older_.serve(v);
    if (!servers_of(v)) {
        mcp_refusal const unknown{404, wire::rpc_invalid_request, "no such MCP server"};
        co_return co_await porter_.refuse(v, unknown);
    }
    if (request.method == "POST") co_return co_await post(v);
    if (request.method != "POST" && mcp_stateless::takes(request)) {
        mcp_refusal const post_only{405, wire::rpc_invalid_request, "POST", "POST"};
        co_return co_await porter_.refuse(v, post_only);
    }
    if (request.method == "GET") co_return co_await get(v);
    if (request.method == "DELETE") co_return co_await remove(v);
    mcp_refusal const other{405, wire::rpc_invalid_request, "POST, GET or DELETE",
                            "GET, POST, DELETE"};
    co_return co_await porter_.refuse(v, other);
}

std::optional<mcp_refusal> mcp_endpoint::find_session(mcp_visit const& v, session_pointer& found) {
    auto const* version = v.header("mcp-protocol-version");
    if (version && !wire::mcp::knows_revision(*version))
        return mcp_refusal{400, wire::rpc_invalid_request,
                           "this MCP-Protocol-Version is not spoken"};
    auto const* id = v.header("mcp-session-id");
    if (!id) return mcp_refusal{400, wire::rpc_invalid_request, "MCP-Session-Id is missing"};
    if (auto why = porter_.too_large(*id, "mcp_session_id_max")) return why;
    auto const at = sessions_.find(*id);
    if (at == sessions_.end() || at->second.session->who().principal != v.caller.principal ||
        at->second.session->who().path != v.path)
        return mcp_refusal{404, mcp_session_not_found, "there is no such session"};
    at->second.used = world_.clock.now();
    found = at->second.session;
    return std::nullopt;
}

std::optional<mcp_refusal> mcp_endpoint::check_post(mcp_visit const& v) const {
    if (auto why = porter_.check_type(v)) return why;
    auto const* accept = v.header("accept");
    if (!accept || !accepts(*accept, "application/json") || !accepts(*accept, "text/event-stream"))
        return mcp_refusal{406, wire::rpc_invalid_request,
                           "Accept must name application/json and text/event-stream"};
    return std::nullopt;
}

runtime::awaitable<bool> mcp_endpoint::post(mcp_visit& v) {
    if (auto const why = check_post(v)) co_return co_await porter_.refuse(v, *why);
    auto body = co_await porter_.body_of(v);
    if (wire::is_batch(body)) {
        session_pointer of_batch;
        bool const      known = !find_session(v, of_batch);
        if (known && of_batch->revision() == wire::revision_with_batches)
            co_return co_await batch(v, std::move(body), std::move(of_batch));
    }
    wire::rpc_message message;
    auto              why = porter_.read(body, message);
    if (why) co_return co_await porter_.refuse(v, *why);
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (mcp_stateless::takes(v.request, message))
        co_return co_await stateless(v, std::move(body), message);
    bool const hello = request && request->method == "initialize";
    if (hello && !v.header("mcp-session-id")) co_return co_await begin_session(v, std::move(body));

    session_pointer session;
    why = find_session(v, session);
    if (!why && hello)
        why = mcp_refusal{400, wire::rpc_invalid_request, "this session is initialized already"};
    if (why) co_return co_await porter_.refuse(v, *why);
    if (!request) {
        co_await session->tell(std::move(body), message);
        co_await porter_.say(v, 202, {});
        co_return v.request.keep_alive;
    }
    std::vector<mcp_front_session::asked> one;
    one.emplace_back(std::move(body), *request);
    auto stream = session->ask(std::move(one));
    if (!stream) {
        co_return co_await porter_.refuse(v, porter_.too_many_asked());
    }
    co_return co_await tell_stream(v, std::move(session), std::move(stream), 0);
}

// Requests are answered on one stream, each by itself; nothing is done of a batch that is not
// whole.
runtime::awaitable<bool> mcp_endpoint::batch(mcp_visit& v, std::string body,
                                             session_pointer session) {
    std::optional<mcp_batch> read;
    std::string              problem;
    try {
        read = read_batch(body, of_messages(config_.limits));
    } catch (system_error const& e) {
        problem = e.what();
    }
    if (!problem.empty()) {
        mcp_refusal const bad{400, wire::rpc_invalid_request, std::move(problem)};
        co_return co_await porter_.refuse(v, bad);
    }
    std::shared_ptr<mcp_replay> stream;
    if (!read->requests.empty()) {
        stream = session->ask(std::move(read->requests));
        if (!stream) {
            co_return co_await porter_.refuse(v, porter_.too_many_asked());
        }
    }
    for (auto& [text, message] : read->others) co_await session->tell(std::move(text), message);
    if (stream) co_return co_await tell_stream(v, std::move(session), std::move(stream), 0);
    co_await porter_.say(v, 202, {});
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::stateless(mcp_visit& v, std::string body,
                                                 wire::rpc_message const& message) {
    if (std::holds_alternative<wire::rpc_response>(message)) {
        mcp_refusal const nobody{400, wire::rpc_invalid_request, "nobody has asked for an answer"};
        co_return co_await porter_.refuse(v, nobody);
    }
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (!request) {
        co_await porter_.say(v, 202, {});  // none means anything here
        co_return v.request.keep_alive;
    }
    auto servers = servers_of(v);
    if (servers->empty()) {
        mcp_refusal const none{404, wire::rpc_invalid_request, "no MCP server is here"};
        co_return co_await porter_.refuse(v, none);
    }
    mcp_stateless::visit one{v.stream, v.reader, v.request, std::move(*servers), v.path == "/mcp"};
    co_return co_await stateless_.serve(std::move(one), std::move(body), *request);
}

runtime::awaitable<bool> mcp_endpoint::begin_session(mcp_visit& v, std::string body) {
    auto const*                version = v.header("mcp-protocol-version");
    std::optional<mcp_refusal> why;
    if (version && !wire::mcp::knows_revision(*version))
        why =
            mcp_refusal{400, wire::rpc_invalid_request, "this MCP-Protocol-Version is not spoken"};
    auto servers = servers_of(v);
    if (servers->empty())
        why = mcp_refusal{404, wire::rpc_invalid_request, "no MCP server is here"};
    mcp_session_count mine(all_sessions_.table, v.caller.client);
    if (!why) why = porter_.too_many(mine);
    if (why) co_return co_await porter_.refuse(v, *why);

    mcp_front_session::identity who;
    who.id = world_.entropy.token(32) + all_sessions_.mark;
    who.principal = v.caller.principal;
    who.path = v.path;
    who.servers = std::move(*servers);
    who.prefixed = v.path == "/mcp";
    who.log = log_;
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
    co_await porter_.say(v, 200, std::move(answer), std::move(fields));
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::get(mcp_visit& v) {
    auto const*                accept = v.header("accept");
    std::optional<mcp_refusal> why;
    session_pointer            session;
    if (!accept || !accepts(*accept, "text/event-stream"))
        why = mcp_refusal{406, wire::rpc_invalid_request, "Accept must name text/event-stream"};
    if (!why) why = find_session(v, session);
    auto const* last = v.header("last-event-id");
    if (!why && last) why = porter_.too_large(*last, "last_event_id_max");
    if (why) co_return co_await porter_.refuse(v, *why);
    if (!last) {
        auto       standing = session->standing();
        auto const behind = standing->fresh();
        co_return co_await tell_stream(v, std::move(session), std::move(standing), behind);
    }
    auto const at = read_event_id(*last);
    auto       stream = at ? session->stream(at->stream) : nullptr;
    if (!stream) {
        mcp_refusal const unknown{400, wire::rpc_invalid_request,
                                  "nothing is kept of this Last-Event-ID"};
        co_return co_await porter_.refuse(v, unknown);
    }
    co_return co_await tell_stream(v, std::move(session), std::move(stream), at->event);
}

runtime::awaitable<bool> mcp_endpoint::remove(mcp_visit& v) {
    session_pointer session;
    if (auto const why = find_session(v, session)) co_return co_await porter_.refuse(v, *why);
    sessions_.erase(session->who().id);
    // Its end does not depend on whether this visitor waits for it.
    endings_.spawn("mcp session end", end_session(session));
    while (!session->over()) co_await changed_.wait();
    co_await porter_.say(v, 200, {});
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_endpoint::tell_stream(mcp_visit& v, session_pointer session,
                                                   std::shared_ptr<mcp_replay> from,
                                                   std::uint64_t               behind) {
    auto const reader = from->attach(behind);
    if (!reader) {
        mcp_refusal const gone{400, wire::rpc_invalid_request,
                               "what follows this Last-Event-ID is not kept any more"};
        co_return co_await porter_.refuse(v, gone);
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
    auto const                 limit = porter_.write_limit();
    runtime::http_chunk_writer writer(v.stream, world_.clock, limit);
    writer.head(head);
    // So that a client that breaks off before the first message can say where it was. Older ones
    // would read an event without data as a message.
    if ((behind == 0 || from->stream() == 0) && primes(session->revision()))
        co_await writer.write("id: " + from->id_of(behind) + "\nretry: 1000\ndata: \n\n");
    else
        co_await writer.head_alone();
    auto       pumping = porter_.pump(*from, writer, *reader, behind);
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

void mcp_endpoint::refuse_calls() {
    for (auto const& [id, place] : sessions_) place.session->refuse_calls();
    older_.refuse_calls();
    stateless_.refuse_calls();
}

void mcp_endpoint::finish_streams() {
    for (auto const& [id, place] : sessions_) place.session->standing()->finish();
    older_.finish_streams();
    stateless_.finish_streams();
}

runtime::awaitable<void> mcp_endpoint::stop() {
    for (auto& [id, place] : sessions_)
        endings_.spawn("mcp session end", end_session(place.session));
    sessions_.clear();
    co_await older_.stop();
    co_await endings_.wait();
    co_await stateless_.stop();
}

}  // namespace proxy
