#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "mock_mcp/script.hpp"
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
    // Ends this request's stream; goes on when the client has come back for the rest.
    virtual runtime::awaitable<void> hang_up(runtime::duration pause) = 0;
    virtual void                     close() = 0;
    virtual void                     reset() = 0;

    std::uint64_t exchange = 0;  // of the request, in the trace
};

// A scripted MCP server. What is not scripted it answers sensibly: initialize, ping, pages of
// tools/list from its script's tools; and it writes down what passes.
class mock_mcp {
public:
    mock_mcp(runtime::world, runtime::trace&, mcp_script, std::string peer = "proxy");

    // Over streamable HTTP: takes connections until stop().
    void start(std::unique_ptr<runtime::listener> at);

    // Over stdio: serves one client on this stream until it ends; gives the exit status. One
    // mock may be started and run several times, as a program may.
    runtime::awaitable<int> run(runtime::stream& stdio);

    runtime::awaitable<void> stop();

    static constexpr char path[] = "/mcp";

    mcp_script const& script() const { return script_; }

private:
    class http_reply;
    class stdio_reply;
    struct channel;
    struct parked;  // a request whose client has to come back

    // A tool call that is being played, so that it can be cancelled.
    struct running_call {
        std::string   tool;
        std::uint64_t exchange = 0;
        runtime::bell changed;
        bool          cancelled = false;
    };

    // HTTP
    runtime::awaitable<void> accept();
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> serve_one(runtime::stream&, runtime::http_reader&,
                                       runtime::http_request const&);
    runtime::awaitable<bool> listen(runtime::stream&, runtime::http_reader&, std::string session,
                                    std::string const* last_event);
    runtime::awaitable<void> refuse(runtime::stream&, unsigned status, std::string body,
                                    std::string allow = {});

    // stdio
    runtime::awaitable<void> read_lines(runtime::stream& from, channel&, runtime::task_group&);
    runtime::awaitable<void> handle_line(std::string line, channel&);

    // A recording that is played instead of the script
    runtime::awaitable<bool> replay_one(runtime::stream&, runtime::http_request const&,
                                        std::string body);
    runtime::awaitable<int>  replay_lines(runtime::stream& stdio);
    class told_lines;

    // Any transport
    runtime::awaitable<void> handle(wire::rpc_request request, reply& to);
    void                     hear(wire::rpc_message const&);
    runtime::awaitable<void> call_tool(wire::rpc_request const& request, reply& to);
    runtime::awaitable<void> play(std::vector<mcp_step> const&, wire::rpc_request const&,
                                  reply& to);
    runtime::awaitable<void> play_until_cancelled(std::vector<mcp_step> const&,
                                                  wire::rpc_request const&, running_call&, reply&);
    runtime::awaitable<bool> step(mcp_step const&, wire::rpc_request const&, reply& to);
    runtime::awaitable<void> ask_client(mcp_step const&, reply& to);
    runtime::awaitable<void> answer_result(wire::rpc_request const&, nlohmann::json, reply& to);
    runtime::awaitable<void> answer_error(wire::rpc_request const&, int code, std::string message,
                                          reply& to);
    nlohmann::json           page_of_tools(nlohmann::json const& params) const;
    std::vector<mcp_step> const* scripted(std::string const& method);
    tool_script const*           scripted_tool(std::string const& name);

    void note_in(std::string verb, std::string words = {}, nlohmann::json detail = nullptr,
                 std::uint64_t exchange = 0);
    void note_out(std::uint64_t exchange, std::string verb, std::string words = {});

    runtime::world                                 world_;
    runtime::trace&                                trace_;
    mcp_script                                     script_;
    std::string                                    peer_;
    runtime::task_group                            tasks_;
    std::unique_ptr<runtime::listener>             listener_;
    std::set<std::string>                          sessions_;
    runtime::bell                                  session_ended_;
    std::map<std::string, std::shared_ptr<parked>> parked_;  // by the id of its last event
    int                                            parked_count_ = 0;
    std::map<wire::rpc_id, running_call*>          running_;
    std::map<std::string, std::size_t>             call_counts_;
    std::map<std::string, std::size_t>             method_counts_;
    int                                            asked_count_ = 0;
    std::set<std::string>                          answered_;  // ids of what the client was asked
    runtime::bell                                  heard_answer_;
    std::unique_ptr<replay::matcher>               recorded_;
    std::optional<int>                             exited_;  // the script let the whole server go
    runtime::bell                                  exit_;
};

// {"text": "string"} widened to a JSON Schema; what looks like a schema already stays.
nlohmann::json widened_schema(nlohmann::json const& parameters);

}  // namespace mock_mcp
