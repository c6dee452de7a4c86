#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "mock_mcp/script.hpp"
#include "mock_mcp/surroundings.hpp"
#include "mock_mcp/visitor.hpp"
#include "replay/matching.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/trace.hpp"
#include "runtime/world.hpp"
#include "wire/mcp.hpp"

namespace mock_mcp {

// How one request is answered on one transport: what a script's steps turn into.
class reply {
public:
    virtual ~reply() = default;
    virtual runtime::awaitable<void> message(std::string text) = 0;  // before the answer
    virtual runtime::awaitable<void> answer(std::string text) = 0;   // the response; the last word
    virtual runtime::awaitable<void> raw(std::string bytes) = 0;
    virtual runtime::awaitable<void> status(int code, std::string body) = 0;
    virtual runtime::awaitable<void> end() = 0;  // of this request's stream, without an answer
    virtual runtime::awaitable<void> end_early() { return end(); }  // because the script says so
    // Before a pause of a script that refuses nothing: a client that breaks off then may come back.
    virtual runtime::awaitable<void> prime() { co_return; }
    virtual void                     field(std::string const&, std::string const&) {}  // of a head
    virtual void                     complain(std::string) {}                          // to stderr
    // Ends this request's stream; goes on when the client has come back for the rest.
    virtual runtime::awaitable<void> hang_up(runtime::duration pause) = 0;
    virtual void                     close() = 0;
    virtual void                     reset() = 0;
    // Whether other requests' messages go the same way.
    virtual bool                     shares_channel() const { return false; }
    // The request is accepted, whatever its answer will be: over HTTP+SSE that is said at once.
    virtual void                     taken() {}

    std::uint64_t            exchange = 0;    // of the request, in the trace
    bool                     modern = false;  // the request was of the era since 2026-07-28
    std::shared_ptr<visitor> who;             // whose request it is; null in the modern era
    nlohmann::json           known;           // what {{...}} stands for in the script's texts
};

// A request of the modern era that was answered with questions: where its next try goes on.
struct asked_back {
    asked_back() = default;  // no aggregate: it is passed beside co_await

    std::vector<mcp_step> const* steps = nullptr;
    std::size_t                  at = 0;  // of the first question
    std::vector<std::string>     keys;    // of all that are asked at one time
    nlohmann::json               known;   // of the tries before
    std::uint64_t                exchange = 0;
    std::string                  state;
};

// A scripted MCP server. What is not scripted it answers sensibly, whatever MCP has; and it writes
// down what passes.
class mock_mcp {
public:
    mock_mcp(runtime::world, runtime::trace&, mcp_script, std::string peer = "proxy");

    // Over streamable HTTP or HTTP+SSE: takes connections until stop().
    void start(std::unique_ptr<runtime::listener> at);

    // Over stdio: serves one client on this stream until it ends; gives the exit status. One
    // mock may be started and run several times, as a program may.
    runtime::awaitable<int> run(runtime::stream& stdio, surroundings* around = nullptr);

    // Until nobody has a stream of HTTP+SSE open, or so much time has passed.
    runtime::awaitable<void> until_left(runtime::duration patience);

    runtime::awaitable<void> stop();

    static constexpr char path[] = "/mcp";

    mcp_script const& script() const { return script_; }

private:
    // Somebody who is told of what changes, and what he has not been told yet.
    struct listener {
        visitor const*                     who = nullptr;  // null in the modern era, where
        nlohmann::json                     filter;         // this says what is wanted,
        nlohmann::json                     mark;           // and this goes with each message
        runtime::bell*                     bell = nullptr;
        std::deque<wire::rpc_notification> waiting;
    };
    struct listening;
    struct standing;

    class http_reply;
    class stdio_reply;
    class sse_reply;
    struct channel;
    class kept_reply;
    struct event_log;     // of a stream that may be resumed
    struct event_stream;  // of one client of HTTP+SSE
    struct posted;        // a message over HTTP+SSE, until it is said to be taken

    // A tool call that is being played, so that it can be cancelled.
    struct running_call {
        std::string   tool;
        std::uint64_t exchange = 0;
        runtime::bell changed;
        bool          cancelled = false;
    };

    using call_key = std::pair<visitor const*, wire::rpc_id>;

    // HTTP
    runtime::awaitable<void> accept();
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> serve_one(runtime::stream&, runtime::http_reader&,
                                       runtime::http_request const&);
    runtime::awaitable<bool> listen(runtime::stream&, runtime::http_reader&, std::string session);
    runtime::awaitable<void> play_standing(std::vector<mcp_step> const*, std::string session,
                                           reply& to);
    runtime::awaitable<bool> take_told(runtime::stream&, wire::rpc_message const&,
                                       std::shared_ptr<visitor> who);
    std::optional<unsigned>  refusal_of(runtime::http_request const&);
    std::shared_ptr<visitor> visitor_of(std::string const& session) const;

    // HTTP, up to 2025-11-25: streams that a client may come back to
    using log_pointer = std::shared_ptr<event_log>;
    log_pointer              new_log(std::string session, std::string version);
    runtime::awaitable<bool> serve_kept(runtime::stream&, runtime::http_reader&, log_pointer,
                                        wire::rpc_request);
    runtime::awaitable<bool> listen_kept(runtime::stream&, runtime::http_reader&, log_pointer,
                                         std::vector<mcp_step> const*);
    runtime::awaitable<bool> resume(runtime::stream&, runtime::http_reader&, std::string session,
                                    std::string last_event);
    runtime::awaitable<void> answer_kept(wire::rpc_request, log_pointer);
    runtime::awaitable<void> stand_kept(std::vector<mcp_step> const*, log_pointer);
    runtime::awaitable<void> pour(runtime::stream&, event_log&, std::size_t from);
    runtime::awaitable<void> refuse(runtime::stream&, unsigned status, std::string body,
                                    std::string allow = {});

    // HTTP and stdio, 2026-07-28
    bool                           is_modern(wire::rpc_message const&) const;
    runtime::awaitable<bool>       serve_modern(runtime::stream&, runtime::http_reader&,
                                                runtime::http_request const&, wire::rpc_request);
    std::optional<wire::rpc_error> objection_to(runtime::http_request const*,
                                                wire::rpc_request const&) const;
    std::optional<wire::rpc_error> objection_to_parameters(runtime::http_request const&,
                                                           wire::rpc_request const&) const;
    runtime::awaitable<void>       handle_modern(wire::rpc_request, reply& to);
    runtime::awaitable<void>       listen_modern(wire::rpc_request const&, reply& to);
    runtime::awaitable<bool>       ask_back(wire::rpc_request const&, reply& to, asked_back,
                                            std::size_t end);
    runtime::awaitable<bool>       try_again(wire::rpc_request const&, reply& to, asked_back&);
    nlohmann::json                 discovered() const;

    // Tasks of 2025-11-25
    struct task;
    class task_reply;
    runtime::awaitable<bool> refuse_task(wire::rpc_request const&, tool_script const&, reply& to);
    runtime::awaitable<void> begin_task(wire::rpc_request const&, std::string tool,
                                        std::vector<mcp_step> steps, reply& to);
    runtime::awaitable<void> play_task(std::shared_ptr<task>, std::vector<mcp_step> steps);
    runtime::awaitable<void> about_task(wire::rpc_request const&, reply& to);
    runtime::awaitable<void> task_result(wire::rpc_request const&, task&, reply& to);
    runtime::awaitable<void> tell_status(task&);
    nlohmann::json           shown(task const&) const;

    // A batch of 2025-03-26
    class batch_reply;
    runtime::awaitable<bool> serve_batch(runtime::stream&, std::string const& body,
                                         std::shared_ptr<visitor> who);

    // HTTP+SSE, 2024-11-05
    runtime::awaitable<bool> serve_sse(runtime::stream&, runtime::http_reader&,
                                       runtime::http_request const&, std::string body);
    runtime::awaitable<bool> open_events(runtime::stream&, runtime::http_reader&,
                                         runtime::http_request const&);
    runtime::awaitable<void> tell_endpoint(event_stream&, runtime::http_request const&,
                                           std::string endpoint, std::vector<mcp_step> const*);
    runtime::awaitable<void> handle_posted(wire::rpc_message, std::shared_ptr<event_stream>,
                                           std::shared_ptr<posted>);

    // HTTP+SSE and stdio
    runtime::awaitable<void> handle_shared(wire::rpc_message, reply& to);
    runtime::awaitable<void> tell_news(reply& to, listener&);

    // stdio
    runtime::awaitable<void> read_lines(runtime::stream& from, channel&, runtime::task_group&);
    runtime::awaitable<void> handle_line(std::string line, channel&);
    runtime::awaitable<void> live(runtime::stream& from, channel&, runtime::task_group&);
    runtime::awaitable<void> go_when_told(channel&);
    runtime::awaitable<void> play_as(char const* name, channel&);

    // A recording that is played instead of the script
    runtime::awaitable<bool> replay_one(runtime::stream&, runtime::http_request const&,
                                        std::string body);
    runtime::awaitable<int>  replay_lines(runtime::stream& stdio);
    class told_lines;

    // Any transport
    runtime::awaitable<void> handle(wire::rpc_request request, reply& to);
    void                     hear(wire::rpc_message const&, visitor const* who, bool taken = true);
    runtime::awaitable<void> answer_sensibly(wire::rpc_request const& request, reply& to);
    runtime::awaitable<void> call_tool(wire::rpc_request const& request, reply& to);
    runtime::awaitable<void> read_resource(wire::rpc_request const& request, reply& to);
    runtime::awaitable<void> get_prompt(wire::rpc_request const& request, reply& to);
    runtime::awaitable<void> play(std::vector<mcp_step> const&, wire::rpc_request const&, reply& to,
                                  asked_back again = {});
    runtime::awaitable<void> play_until_cancelled(running_call&, std::vector<mcp_step> const&,
                                                  wire::rpc_request const&, reply&,
                                                  asked_back again);
    runtime::awaitable<void> play_part(std::string name, std::vector<mcp_step> const&,
                                       wire::rpc_request const&, reply&, asked_back again = {});
    runtime::awaitable<void> tell(wire::rpc_notification, wire::rpc_request const&, reply& to);
    runtime::awaitable<void> answer_error(wire::rpc_request const&, wire::rpc_error, reply& to);
    runtime::awaitable<bool> step(mcp_step const&, wire::rpc_request const&, reply& to);
    runtime::awaitable<void> ask_client(std::span<mcp_step const>, reply& to);
    void                     took(reply& to, std::string const& key, nlohmann::json const& answer);
    void                     tell_all(std::string const& what);
    runtime::awaitable<void> tell_waiting(listener&, reply& to);
    runtime::awaitable<void> answer_result(wire::rpc_request const&, nlohmann::json, reply& to);
    runtime::awaitable<void> answer_error(wire::rpc_request const&, int code, std::string message,
                                          reply& to);
    std::vector<mcp_step> const* scripted(std::string const& method);

    void note_in(std::string verb, std::string words = {}, nlohmann::json detail = nullptr,
                 std::uint64_t exchange = 0);
    void note_out(std::uint64_t exchange, std::string verb, std::string words = {});

    runtime::world                                       world_;
    runtime::trace&                                      trace_;
    mcp_script                                           script_;
    std::string                                          peer_;
    runtime::task_group                                  tasks_;
    std::unique_ptr<runtime::listener>                   listener_;
    std::map<std::string, std::shared_ptr<visitor>>      sessions_;
    std::map<std::string, std::shared_ptr<event_stream>> event_streams_;  // by session
    runtime::bell                                        left_;           // by one of them
    std::map<std::string, std::shared_ptr<task>>         task_table_;
    int                                                  task_count_ = 0;
    std::shared_ptr<visitor>                             everybody_;  // where there are no sessions
    runtime::bell                                        session_ended_;
    std::vector<listener*>                               listeners_;
    std::vector<log_pointer>                             logs_;  // the nth is that of stream n
    std::map<call_key, running_call*>                    running_;
    std::map<std::string, std::size_t>                   call_counts_;
    std::map<std::string, std::size_t>                   method_counts_;
    std::map<std::string, std::size_t>        part_counts_;  // "prompt greet", "resource a:b"
    std::map<std::string, asked_back>         asked_back_;   // by the state that was given out
    int                                       asked_count_ = 0;
    std::map<std::string, wire::rpc_response> answered_;  // by the id of what was asked
    runtime::bell                             heard_answer_;
    std::unique_ptr<replay::matcher>          recorded_;
    std::shared_ptr<told_lines>               told_;    // over HTTP+SSE: answers come elsewhere
    std::optional<int>                        exited_;  // the script let the whole server go
    runtime::bell                             exit_;
};

}  // namespace mock_mcp
