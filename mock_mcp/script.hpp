#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/clock.hpp"

namespace replay {
struct recording;
}

// What a scripted MCP server does: data only.
namespace mock_mcp {

using gate = std::function<runtime::awaitable<void>()>;

enum class mcp_verb {
    result,      // answers: `text` as one text block, or `json` as the whole result object
    tool_error,  // answers with isError and `text`
    error,       // answers with a JSON-RPC error: `number` code, `text` message
    progress,    // notifications/progress: `value` of `total`, message `text`
    log,         // notifications/message: level `words`, data `text`
    notify,      // any other notification: method `words`, params `json`
    hang_up,   // up to 2025-11-25: ends this request's stream; the client has to come back for the
               // rest, after `pause`
    ask,       // asks the client `words` (sampling, elicitation, ...), and waits for its answer; in
               // 2026-07-28 that is what this request ends with, and the answer is in the next one
    stall,     // never answers
    end,       // ends the stream of this request without an answer; over stdio its whole output
    close,     // closes the connection
    reset,     // RST
    exit,      // the whole server goes: over stdio the process exits with `number`
    status,    // over HTTP: answers with this HTTP status, `text` as body
    bytes,     // writes `text`, `number` times, as it is into the stream (HTTP body, or stdout)
    message,   // says `text`, `number` times, as one message of the transport's
    header,    // over HTTP: a field `words` with the value `text` on the head of the answer
    complain,  // over stdio: writes `text`, `number` times, to stderr
    wait,      // goes on when `until` is over
    announce,  // tells all who listen that `words` has changed: tools, prompts, resources, or one
               // resource by its URI
};

struct mcp_step {
    runtime::duration after{};
    mcp_verb          verb = mcp_verb::result;
    std::string       text;
    std::string       words;
    nlohmann::json    json;
    double            value = 0;
    double            total = 0;
    int               number = 0;
    gate              until;
    int               line = 0;
    runtime::duration pause{};
    std::string       key;                 // of an ask: by what name its answer is known
    bool              together = false;    // of an ask: at one time with the ask before
    bool              if_offered = false;  // of an ask: passed over where the client cannot
};

// A tool and what happens when it is called. Calls of one tool play the nth `tool` section
// of that name; the last one serves all further calls.
struct tool_script {
    std::string           name;
    nlohmann::json        parameters;  // {"text": "string"}: shorthand, widened to a JSON Schema
    std::vector<mcp_step> steps;
    std::string           task;  // execution.taskSupport: "optional", "required"; empty: none
    int                   line = 0;
};

// A resource, or a template of many: `test://{id}/data`. Its nth section serves its nth read.
struct resource_script {
    std::string    uri;
    nlohmann::json about;  // members of its listing; for {id}, "id" has what completion knows
    std::vector<mcp_step> steps;
    int                   line = 0;
};

// A prompt. Its nth section serves its nth request.
struct prompt_script {
    std::string    name;
    nlohmann::json arguments;  // {"who": "whom to greet"}, or ["Ann", "Ben"]: what completion knows
    std::vector<mcp_step> steps;
    int                   line = 0;
};

// What happens on a method other than tools/call: `on initialize`, `on tools/list`, `on
// notifications/initialized`. The nth section of a method serves its nth request; without one the
// server answers sensibly. Some are no methods: `listen` is what a server says by itself, over HTTP
// on the stream that a GET opens; `answer` how it takes what it has asked for; over stdio `start`
// is what a program does before it reads, `close` what it does at the end of its input, `terminate`
// when it is told to go. Over HTTP+SSE `endpoint` is said in place of the event that names it.
struct method_script {
    std::string           method;
    std::vector<mcp_step> steps;
    int                   line = 0;
};

struct mcp_script {
    std::string name;
    std::string transport;  // row of runtime::mcp_transports(): "streamable-http", "sse", "stdio"
    std::string revision = "2025-11-25";  // agreed on by initialize; empty: no initialize here
    bool        any_revision = true;      // or an earlier one, if the client names it
    bool        modern = false;           // speaks 2026-07-28, whose requests stand alone
    int         page_size = 0;            // entries on a page of a list; 0: all on one
    int         more_tools = 0;           // listed beside the others: filler-1, filler-2, ...
    bool        announced = true;         // over HTTP: the gateway is told by which transport
    bool        sessions = true;          // over HTTP: hands out MCP-Session-Id and insists on it
    enum class resuming {
        no,
        yes,
        astray
    } resumable = resuming::no;  // astray: with all that it
                                 // has ever told anybody
    // Over HTTP: fields without which a request is refused, and those that the trace tells of.
    std::vector<std::pair<std::string, std::string>> wanted;
    std::vector<std::string>                         shown;
    bool json_answers = false;  // over HTTP: application/json instead of SSE where possible
    bool strangers = false;     // over HTTP: answers to any Origin
    std::vector<tool_script>                 tools;
    std::vector<resource_script>             resources;
    std::vector<prompt_script>               prompts;
    std::vector<method_script>               methods;
    std::shared_ptr<replay::recording const> recorded;  // instead of all these: it is played
    std::string                              recording_name;
    int                                      line = 0;
};

// {"text": "string"} widened to a JSON Schema; what looks like a schema already stays.
nlohmann::json widened_schema(nlohmann::json const& parameters);

}  // namespace mock_mcp
