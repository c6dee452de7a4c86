#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "proxy/error.hpp"
#include "runtime/http.hpp"
#include "wire/conversation.hpp"
#include "wire/delta.hpp"
#include "wire/word_lane.hpp"

namespace proxy {

// A tool as clients are shown it: under the label of their own request.
struct shown_tool {
    std::string       server;
    std::string       name;
    wire::tool const* told = nullptr;  // as the model was told of it
};

// A server that has told no tools, and why.
struct silent_label {
    std::string server;  // as in shown_tool
    std::string trouble;
};

// A call of the model that is none of the client's: the gateway runs it, or would if the client
// allowed it.
struct gateway_call {
    std::size_t     number = 0;  // from 0 in one exchange
    wire::tool_call whole;       // its name is the one that the model knows
    std::string     server;      // as in shown_tool
    std::string     tool;
    std::string     approval;  // the id of the request that the client said yes to
    std::string     result;
    bool            failed = false;
};

// How an exchange ended well.
struct ending {
    std::map<int, wire::finish_reason> const& reasons;
    wire::usage const&                        tokens;
    std::vector<shown_tool> const*            tools;  // of MCP servers; null: none were asked for
    std::vector<gateway_call> const&          calls;  // that were run, in order
    wire::conversation const&                 talk;   // with all answers and results
};

// The connection that an answer goes to.
struct client_line {
    runtime::stream&    stream;
    runtime::clock&     clock;
    runtime::http_limit write;
};

// What a client is told: one unbroken answer, however many turns of the model and runs of tools
// lie behind it; or one error and nothing after it. Every endpoint has its own spelling of it.
//
// Streamed and whole answers have the same face; a whole one is kept until finish().
class client_answer {
public:
    struct identity {
        std::string  id;
        std::string  model;  // the name that the client asked for
        std::int64_t created = 0;
        std::string  request_id;
        bool         keep_alive = true;  // of the HTTP connection
    };

    virtual ~client_answer() = default;

    // Text, thinking and refusals, and calls that the client has to run itself. Nothing of this
    // and of what follows is on its way before flush().
    virtual void                     add(wire::delta const&) = 0;
    virtual void                     add_words(wire::words const&);  // as add() of that text
    virtual runtime::awaitable<void> flush() = 0;

    // Whether ending::talk is read.
    virtual bool keeps_talk() const { return false; }

    // What the MCP servers have listed; before anything else.
    virtual void tools_listed(std::vector<shown_tool> const&, std::vector<silent_label> const&) {}

    // A call that the gateway runs, as the model makes it; then it runs, and is over.
    virtual void call_begins(gateway_call const&) {}
    virtual void call_arguments(gateway_call const&, std::string const&) {}
    virtual void call_whole(gateway_call const&) {}
    virtual void call_over(gateway_call const&) {}

    // Whether the client can be asked to allow a call. Where it cannot, the call is left to it like
    // one of its own.
    virtual bool can_ask() const { return false; }
    virtual void ask(gateway_call const&) {}

    // A sign of life, if the stream has begun and `interval` of silence is over.
    virtual runtime::awaitable<void> keep_warm() = 0;

    virtual runtime::awaitable<void> finish(ending const&) = 0;

    // Told as a status if nothing has gone out, as an error event otherwise.
    virtual runtime::awaitable<void> fail(request_problem const&) = 0;

    // False once an error event has been told inside a stream: such a connection is closed, so
    // that no client can take the answer for a whole one.
    virtual bool connection_usable() const = 0;
};

// Of chat completions.
std::unique_ptr<client_answer> streamed_answer(client_line const&, client_answer::identity,
                                               bool include_usage);
std::unique_ptr<client_answer> whole_answer(client_line const&, client_answer::identity);

// The head of a stream of server-sent events.
runtime::http_response stream_head(client_answer::identity const&);

// A problem as a status with its JSON body: the answer has not begun.
runtime::awaitable<void> send_problem(client_line const&, request_problem const&, std::string body,
                                      client_answer::identity const&);

// A whole body with its head, in one write. JSON, unless the fields say otherwise.
runtime::awaitable<void> send_body(client_line const&, unsigned status, std::string body,
                                   runtime::http_fields more_fields, bool keep_alive);

}  // namespace proxy
