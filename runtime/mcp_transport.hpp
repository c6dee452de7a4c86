#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/http.hpp"
#include "runtime/world.hpp"
#include "wire/json_rpc.hpp"

namespace runtime {

// How an MCP server is reached.
struct mcp_endpoint {
    std::string transport;  // a row of mcp_transports()
    address     at;         // of an HTTP transport
    std::string path = "/mcp";
    http_fields headers;               // credentials and the like, sent on every request
    command     program;               // of stdio
    bool        may_be_older = false;  // of streamable HTTP: it may speak HTTP+SSE instead
};

struct mcp_channel_limits {
    duration    connect = std::chrono::seconds(5);
    duration    write = std::chrono::seconds(30);
    duration    farewell = std::chrono::seconds(2);  // for a cancel, a DELETE, a child to exit
    std::size_t message_max = 8 << 20;               // bytes of one message over HTTP
    std::size_t line_max = 8 << 20;                  // bytes of one over standard streams

    // Of a line of an event: a message stands behind the field's name.
    std::size_t event_line_max() const { return message_max + std::string_view("data: ").size(); }
};

// One session with one MCP server: messages go out, answers come back to whoever asked.
// Knows how its transport says things; knows nothing of methods.
//
// A call that is dropped before its answer (its coroutine was cancelled) is cancelled at the
// server too, in the way the transport and the revision want it: up to 2025-11-25 always by
// notifications/cancelled, over HTTP as well, where a closed stream means nothing
// (basic/utilities/cancellation, basic/transports). From 2026-07-28 on the close is the
// cancellation over HTTP, and the notification over stdio (basic/patterns/cancellation).
class mcp_channel {
public:
    // What arrives for a call before its response: notifications, and requests of the server.
    using listener = std::function<void(wire::rpc_message const&)>;

    virtual ~mcp_channel() = default;

    // Throws runtime::error (session_lost, no_answer, not_accepted, server_gone, ...), wire::error
    // and what sockets throw. A JSON-RPC error is an answer, not an exception.
    // `also`: more HTTP headers of this one request.
    virtual awaitable<wire::rpc_response> call(wire::rpc_request request, listener heard,
                                               http_fields also = {}) = 0;
    virtual awaitable<void>               notify(wire::rpc_notification note) = 0;

    // The same for whoever passes messages on: texts as they came and as they go, requests of the
    // server too, which call() answers by itself. `heard` is awaited before more is read. A relayed
    // call that is dropped is not cancelled at the server: its owner says so, in its own words. A
    // stream that breaks off and may be resumed is.
    using hearer = std::function<awaitable<void>(std::string text)>;
    virtual awaitable<std::string> relay(std::string request, wire::rpc_id id, hearer heard,
                                         http_fields also = {}) = 0;
    virtual awaitable<void>        say(std::string text) = 0;  // a notification or an answer

    // What the server says that belongs to no request, over stdio all that is no answer. Returns
    // when the server has no such stream or keeps closing it. `opened` is told once, when nothing
    // that is said from then on can be missed, or when there will be nothing.
    virtual awaitable<void> listen(hearer heard, std::function<void()> opened) = 0;

    // From now on every message says that this revision was agreed on; it decides on the era too.
    virtual void agreed(std::string const& revision) = 0;

    // In good order: ends the session (DELETE, or closing stdin and waiting for the child), and
    // everything that is still running. Must be awaited before the channel is destroyed.
    virtual awaitable<void> end() = 0;

    // Whether all that the server says comes one message after the other, whatever it belongs to;
    // no session survives the end of that.
    virtual bool is_shared() const { return false; }

    // False once nothing more can be said: the child has exited, the session was lost.
    virtual bool alive() const = 0;

    // When that became so, of a program or a stream that all messages come on.
    virtual time_point gone_at() const { return {}; }

    // What the server said of its trouble, for error texts: the end of its stderr, or the body
    // of its last refusal.
    virtual std::string last_words() const = 0;

    // The HTTP status of its last refusal; 0: none.
    virtual unsigned refused_with() const { return 0; }
};

struct mcp_transport {
    char const* name;    // "streamable-http"
    char const* prompt;  // how `lockstep list` explains it
    std::unique_ptr<mcp_channel> (*open)(world, mcp_endpoint const&, mcp_channel_limits);
};

// One row per file in runtime/transports/, in the order `lockstep list` shows them.
std::span<mcp_transport const> mcp_transports();
mcp_transport const*           find_mcp_transport(std::string_view name);

}  // namespace runtime
