#include "runtime/transports/streamable_http.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"
#include "runtime/media_type.hpp"
#include "runtime/transports/either_http.hpp"
#include "runtime/transports/heard_message.hpp"
#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/sse.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

// No limit of its own: whoever calls has one for the whole call.
constexpr auto for_ever = std::chrono::hours(24 * 365);

}  // namespace

void streamable_http_channel::agreed(std::string const& revision) {
    revision_ = revision;
    modern_ = revision == wire::mcp::modern_revision;
}

awaitable<void> streamable_http_channel::send(exchange& to, std::string method, std::string body,
                                              std::string last_event, http_fields also) {
    error_code const late = asio::error::timed_out;
    auto             connecting = world_.network.connect(endpoint_.at);
    to.connection = co_await within(world_.clock, limits_.connect, late, std::move(connecting));

    http_request request;
    request.method = std::move(method);
    request.target = endpoint_.path;
    bool const listening = request.method == "GET";
    request.fields = {
        {"Host", to_text(endpoint_.at)},
        {"Accept", listening ? "text/event-stream" : "application/json, text/event-stream"},
        {"Accept-Encoding", "identity"},
        {"Connection", "close"}};
    if (!body.empty()) request.fields.emplace_back("Content-Type", "application/json");
    if (!session_.empty()) request.fields.emplace_back("MCP-Session-Id", session_);
    if (modern_)
        for (auto& field : wire::mcp::headers_of(body)) request.fields.push_back(std::move(field));
    else if (!revision_.empty())
        request.fields.emplace_back("MCP-Protocol-Version", revision_);
    else if (request.method == "DELETE" && !offered_.empty())  // left in the middle of a hello
        request.fields.emplace_back("MCP-Protocol-Version", offered_);
    for (auto& field : also) request.fields.push_back(std::move(field));
    if (!last_event.empty()) request.fields.emplace_back("Last-Event-ID", last_event);
    for (auto const& field : endpoint_.headers) request.fields.push_back(field);
    if (!listening) request.fields.emplace_back("Content-Length", std::to_string(body.size()));

    auto const               head = to_text(request);
    asio::const_buffer const parts[] = {asio::buffer(head), asio::buffer(body)};
    co_await write_within(*to.connection, parts, world_.clock, limits_.write,
                          make_error_code(error::no_answer));

    http_limits reading;
    reading.body_max = limits_.message_max;
    to.reader.emplace(*to.connection, world_.clock, reading);
    http_limit const limit{for_ever, late};
    to.head = co_await to.reader->response(limit);
}

namespace {

// 404 is the rule (basic/transports, Session Management). Many servers say 400 instead, those made
// from the TypeScript SDK's examples among them (lobehub/lobehub#12499); such a request was not
// taken either, so it may be sent again.
bool is_error(std::string_view body) {
    try {
        auto const  message = wire::parse_rpc(body);
        auto const* response = std::get_if<wire::rpc_response>(&message);
        return response && response->error;
    } catch (boost::system::system_error const&) {
        return false;
    }
}

bool is_about_the_session(unsigned status, std::string_view body) {
    constexpr std::string_view word = "session";
    auto const                 same = [](char a, char b) { return (a | 0x20) == b; };
    return status == 404 || (status == 400 && std::search(body.begin(), body.end(), word.begin(),
                                                          word.end(), same) != body.end());
}

}  // namespace

// A status that is no answer to a message: says why, and throws. Where an error in the body may be
// the answer all the same, that.
awaitable<std::string> streamable_http_channel::refused(exchange& from, bool may_answer) {
    std::string body;
    try {
        http_limit const limit{limits_.farewell, asio::error::timed_out};
        body = co_await from.reader->whole_body(limit);
    } catch (boost::system::system_error const&) {
        // The status alone must do.
    }
    refused_with_ = from.head.status;
    last_words_ = "HTTP " + std::to_string(from.head.status) + ' ' + body.substr(0, 200);
    if (may_answer && is_of_type(from.head.fields, "application/json") && is_error(body))
        co_return body;
    if (!session_.empty() && is_about_the_session(from.head.status, body)) {
        alive_ = false;
        fail(error::session_lost);
    }
    fail(error::not_accepted);
}

// In the modern era an error has a status of its own; and a server of that era refuses a legacy
// hello with one.
awaitable<wire::rpc_response> streamable_http_channel::call(wire::rpc_request request,
                                                            listener heard, http_fields also) {
    call_in_flight guard(*this, request);
    exchange       e;
    if (request.method == "initialize")
        offered_ = wire::text_member(request.params, "protocolVersion");
    auto body = wire::to_text(request);
    co_await send(e, "POST", std::move(body), {}, std::move(also));
    if (e.head.status != 200) {
        guard.ended();
        bool const may_answer = modern_ || request.method == "initialize";
        auto const error_text = co_await refused(e, may_answer);
        auto       message = wire::parse_rpc(error_text);
        co_return std::move(std::get<wire::rpc_response>(message));
    }
    bool const hello = !modern_ && request.method == "initialize";
    if (hello) adopt_session(e.head);
    if (is_of_type(e.head.fields, "text/event-stream")) {
        auto response = co_await answer_as_events(e, request.id, std::move(heard));
        guard.ended();
        if (hello && response.error) session_.clear();
        co_return response;
    }
    http_limit const limit{for_ever, asio::error::timed_out};
    auto             text = co_await e.reader->whole_body(limit);
    guard.ended();
    if (!is_of_type(e.head.fields, "application/json")) fail(error::no_answer);
    for (auto const& one : wire::messages_in(std::move(text), revision_)) {
        auto  message = wire::parse_rpc(one);
        auto* response = std::get_if<wire::rpc_response>(&message);
        if (!response || (response->id && *response->id != request.id)) continue;
        if (hello && response->error) session_.clear();
        co_return std::move(*response);
    }
    fail(error::no_answer);
}

// An id that comes with any other answer is no session's, and one that comes with a refusal was
// never opened (basic/transports, Session Management).
void streamable_http_channel::adopt_session(http_response const& answer_to_hello) {
    if (auto const* id = find_field(answer_to_hello.fields, "mcp-session-id")) session_ = *id;
}

awaitable<wire::rpc_response> streamable_http_channel::answer_as_events(exchange&    from,
                                                                        wire::rpc_id id,
                                                                        listener     heard) {
    std::optional<wire::rpc_response> answer;
    wire::sse_parser                  parser(
        [&](wire::sse_event const& event) {
            if (event.data.empty()) return;  // a priming event
            for (auto const& text : wire::messages_in(event.data, revision_)) {
                if (answer) return;  // nothing follows it
                auto message = read_message(text, id);
                if (!message) continue;
                if (message->answers(id)) answer = std::get<wire::rpc_response>(message->read);
                auto const* asked = std::get_if<wire::rpc_request>(&message->read);
                if (asked && !modern_)
                    farewells_.spawn("mcp answer to the server", answer_server(*asked));
                bool const told = std::holds_alternative<wire::rpc_notification>(message->read);
                if (told && heard) heard(message->read);
            }
        },
        limits_.event_line_max());
    http_limit const limit{for_ever, asio::error::timed_out};
    for (;;) {
        auto const piece = co_await from.reader->body(limit);
        if (piece.empty()) fail(error::no_answer);
        parser.feed(piece);
        if (answer) co_return std::move(*answer);
    }
}

awaitable<void> streamable_http_channel::notify(wire::rpc_notification note) {
    exchange e;
    auto     body = wire::to_text(note);
    co_await send(e, "POST", std::move(body));
    // 202 is the rule; servers that answer 200 or 204 mean the same.
    if (e.head.status / 100 != 2) co_await refused(e);
}

// A response is a POST of its own, whatever stream the request came on.
awaitable<void> streamable_http_channel::answer_server(wire::rpc_request asked) {
    auto     body = wire::to_text(wire::mcp::answer_to_server(asked));
    exchange e;
    auto     saying = send(e, "POST", std::move(body));
    try {
        error_code const late = asio::error::timed_out;
        co_await within(world_.clock, limits_.farewell, late, std::move(saying));
    } catch (boost::system::system_error const&) {
        // A server that does not want its answer.
    }
}

awaitable<void> streamable_http_channel::say_cancelled(wire::rpc_id id) {
    auto note = wire::mcp::cancelled(id, "the caller has gone");
    auto saying = notify(std::move(note));
    try {
        error_code const late = asio::error::timed_out;
        co_await within(world_.clock, limits_.farewell, late, std::move(saying));
    } catch (boost::system::system_error const&) {
        // Nobody is left to be told that a cancel was not heard.
    }
}

awaitable<void> streamable_http_channel::delete_session() {
    exchange e;
    co_await send(e, "DELETE", "");
}

awaitable<void> streamable_http_channel::end() {
    co_await farewells_.wait();
    if (!alive_ || session_.empty()) co_return;
    alive_ = false;
    auto saying = delete_session();
    try {
        error_code const late = asio::error::timed_out;
        co_await within(world_.clock, limits_.farewell, late, std::move(saying));
    } catch (boost::system::system_error const&) {
        // 405, a server that has gone: the session ends anyway.
    }
}

namespace {

std::unique_ptr<mcp_channel> open(world w, mcp_endpoint const& e, mcp_channel_limits limits) {
    if (e.may_be_older) return open_either_http(w, e, limits);
    return std::make_unique<streamable_http_channel>(w, e, limits);
}

}  // namespace

mcp_transport streamable_http() {
    return {"streamable-http", "POST and server-sent events, revisions 2025-03-26 to 2026-07-28",
            &open};
}

}  // namespace runtime
