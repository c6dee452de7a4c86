#include "proxy/mcp_sse_endpoint.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/mcp_batch.hpp"
#include "proxy/mcp_headers.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_slices.hpp"
#include "wire/sse.hpp"

namespace proxy {

namespace {

using boost::system::error_code;
using boost::system::system_error;

constexpr std::string_view messages_path = "/messages";
constexpr std::string_view session_query = "?sessionId=";

}  // namespace

mcp_sse_endpoint::mcp_sse_endpoint(runtime::world const& w, config const& c, mcp_porter const& p,
                                   mcp_sessions_place const& all, mcp_log const& log)
    : world_(w), config_(c), porter_(p), all_sessions_(all), log_(log), endings_(w.executor) {}

std::optional<std::string> mcp_sse_endpoint::session_in(std::string_view target) {
    if (!target.starts_with(messages_path)) return std::nullopt;
    target.remove_prefix(messages_path.size());
    if (!target.starts_with(session_query)) return std::nullopt;
    return std::string(target.substr(session_query.size()));
}

bool mcp_sse_endpoint::owns(std::string_view path) {
    return path == messages_path || mcp_porter::is_at(path, "sse");
}

runtime::awaitable<bool> mcp_sse_endpoint::serve(mcp_visit& v) {
    bool const        posting = v.path == messages_path;
    char const* const method = posting ? "POST" : "GET";
    // Whoever looks for the newer transport here takes this for the sign to fall back.
    if (v.request.method != method) {
        mcp_refusal const other{405, wire::rpc_invalid_request, method, method};
        co_return co_await porter_.refuse(v, other);
    }
    if (posting) co_return co_await post(v);
    co_return co_await open(v);
}

runtime::awaitable<bool> mcp_sse_endpoint::open(mcp_visit& v) {
    auto                       servers = porter_.servers_of(v, "sse");
    auto const*                accept = v.header("accept");
    std::optional<mcp_refusal> why;
    if (!servers)
        why = mcp_refusal{404, wire::rpc_invalid_request, "no such MCP server"};
    else if (servers->empty())
        why = mcp_refusal{404, wire::rpc_invalid_request, "no MCP server is here"};
    else if (accept && !accepts(*accept, "text/event-stream"))
        why = mcp_refusal{406, wire::rpc_invalid_request, "Accept must name text/event-stream"};
    mcp_session_count const counted(all_sessions_.table, v.caller.client);
    if (!why) why = porter_.too_many(counted);
    if (why) co_return co_await porter_.refuse(v, *why);

    mcp_front_session::identity who;
    who.id = world_.entropy.token(32) + all_sessions_.mark;
    who.principal = v.caller.principal;
    who.log = log_;
    who.path = v.path;
    who.servers = std::move(*servers);
    who.prefixed = v.path == "/sse";
    who.one_stream = true;
    auto const id = who.id;
    auto const session = std::make_shared<mcp_front_session>(world_, config_, std::move(who));
    struct leaving {
        mcp_sse_endpoint&                  all;
        std::shared_ptr<mcp_front_session> session;
        ~leaving() {
            all.sessions_.erase(session->who().id);
            all.endings_.spawn("mcp session end", all.end_session(session));
        }
    } const mine{*this, session};
    sessions_[id].session = session;
    auto const standing = session->standing();
    auto const reader = standing->attach(0);

    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream"},
                   {"Cache-Control", "no-cache, no-transform"},
                   {"X-Accel-Buffering", "no"},
                   {"Transfer-Encoding", "chunked"}};
    auto const                 limit = porter_.write_limit();
    runtime::http_chunk_writer writer(v.stream, world_.clock, limit);
    writer.head(head);
    auto const endpoint = std::string(messages_path) + std::string(session_query) + id;
    auto const event = wire::to_sse(endpoint, "endpoint");
    co_await writer.write(event);
    auto pumping = porter_.pump(*standing, writer, *reader, 0);
    auto watching = v.reader.hang_up();
    co_await runtime::guarded(std::move(pumping), std::move(watching));
    co_return v.request.keep_alive;
}

runtime::awaitable<bool> mcp_sse_endpoint::post(mcp_visit& v) {
    auto const id = session_in(v.request.target).value_or("");
    auto const at = sessions_.find(id);
    auto       why = porter_.check_type(v);
    if (id.empty()) why = mcp_refusal{400, wire::rpc_invalid_request, "sessionId is missing"};
    if (!why) why = porter_.too_large(id, "mcp_session_id_max");
    bool const known =
        at != sessions_.end() && at->second.session->who().principal == v.caller.principal;
    if (!why && !known) why = mcp_refusal{404, mcp_session_not_found, "there is no such session"};
    if (why) co_return co_await porter_.refuse(v, *why);
    auto here = at->second;
    auto body = co_await porter_.body_of(v);
    if (wire::is_batch(body) && here.session->revision() == wire::revision_with_batches)
        co_return co_await batch(v, std::move(body), *here.session);
    wire::rpc_message message;
    why = porter_.read(body, message);
    // While its body was read, the session may have ended.
    auto const still = sessions_.find(id);
    if (!why && still == sessions_.end())
        why = mcp_refusal{404, mcp_session_not_found, "there is no such session"};
    if (why) co_return co_await porter_.refuse(v, *why);
    why = co_await take(std::move(body), std::move(message), still->second, v.caller.work);
    if (why) co_return co_await porter_.refuse(v, *why);
    runtime::http_fields plain{{"Content-Type", "text/plain"}};
    co_await porter_.say(v, 202, "Accepted", std::move(plain));
    co_return v.request.keep_alive;
}

runtime::awaitable<std::optional<mcp_refusal>> mcp_sse_endpoint::take(std::string           text,
                                                                      wire::rpc_message     message,
                                                                      place&                at,
                                                                      std::shared_ptr<void> work) {
    auto const  session = at.session;
    auto const* request = std::get_if<wire::rpc_request>(&message);
    if (!request) {
        if (session->is_open()) co_await session->tell(std::move(text), message);
        co_return std::nullopt;
    }
    if (request->method == "initialize" && !at.begun) {
        at.begun = true;
        session->open_on_stream(std::move(text));
        co_return std::nullopt;
    }
    // What is wrong with a request is its answer, on the stream as all others.
    if (!session->is_open() && request->method != "ping") {
        auto const id = std::string(wire::slice(text, "id").value_or("null"));
        auto       early = error_text({wire::rpc_invalid_request, "initialize must come first"},
                                      std::string_view(id));
        session->standing()->answer(std::move(early));
        co_return std::nullopt;
    }
    std::vector<mcp_front_session::asked> one;
    one.emplace_back(std::move(text), *request);
    if (session->ask(std::move(one), std::move(work))) co_return std::nullopt;
    // Not there: it would be read as the answer to the other request of this id.
    co_return porter_.too_many_asked();
}

runtime::awaitable<bool> mcp_sse_endpoint::batch(mcp_visit& v, std::string body,
                                                 mcp_front_session& session) {
    std::optional<mcp_batch> read;
    std::string              problem;
    try {
        read = read_batch(body, of_messages(config_.limits));
    } catch (system_error const& e) {
        problem = e.what();
    }
    if (problem.empty() && !read->requests.empty() &&
        !session.ask(std::move(read->requests), v.caller.work))
        problem = porter_.too_many_asked().message;
    if (!problem.empty()) {
        mcp_refusal const bad{400, wire::rpc_invalid_request, std::move(problem)};
        co_return co_await porter_.refuse(v, bad);
    }
    for (auto& [text, message] : read->others) co_await session.tell(std::move(text), message);
    runtime::http_fields plain{{"Content-Type", "text/plain"}};
    co_await porter_.say(v, 202, "Accepted", std::move(plain));
    co_return v.request.keep_alive;
}

runtime::awaitable<void> mcp_sse_endpoint::end_session(std::shared_ptr<mcp_front_session> session) {
    co_await session->end();
}

void mcp_sse_endpoint::refuse_calls() {
    for (auto const& [id, place] : sessions_) place.session->refuse_calls();
}

void mcp_sse_endpoint::finish_streams() {
    for (auto const& [id, place] : sessions_) place.session->standing()->finish();
}

runtime::awaitable<void> mcp_sse_endpoint::stop() { co_await endings_.wait(); }

}  // namespace proxy
