#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/clock.hpp"
#include "wire/delta.hpp"

namespace replay {
struct recording;
}

// What a scripted provider does: data only.
namespace mock {

// Waits until something has passed elsewhere in the scenario.
using gate = std::function<runtime::awaitable<void>()>;

enum class provider_verb {
    text,       // says `text`, `number` times (0: once), each in a write of its own
    thinking,   // says `text` as reasoning
    refusal,    // says `text` as a refusal
    tool,       // calls the tool `text` with `json` as arguments; `pieces` cuts them
    usage,      // counts tokens
    finish,     // ends the answer: `text` is the provider's own reason ("tool_use", "stop")
    stall,      // says nothing more for ever, keeps the connection
    end,        // ends the HTTP body here, whatever is missing
    close,      // closes the connection without ending the body
    reset,      // RST
    status,     // answers with this HTTP status and `json` or `text` as body
    header,     // adds a header field to the answer's head
    head,       // sends the head of the answer now, before anything is said
    bytes,      // writes `text` as it is, inside the HTTP body
    raw,        // writes `text` as it is, outside any HTTP framing
    comment,    // an SSE comment
    failure,    // an error event inside the stream: `text` its type, `words` its message
    recording,  // plays exchange `number` of `recorded`, byte for byte; see `strict`
    wait,       // goes on when `until` is over
    pace,       // from here on this turn flows as the profile `text` does, by the seed `number`
};

struct provider_step {
    runtime::duration after{};  // since the step before
    provider_verb     verb = provider_verb::text;
    std::string       text;
    std::string       words;
    nlohmann::json    json;
    std::string       raw_json;    // `json` as the author wrote it
    int               number = 0;  // status; pieces of a tool's arguments; times of a text
    wire::usage       tokens;
    std::shared_ptr<replay::recording const> recorded;
    bool                                     strict = false;  // the request must be as recorded
    gate                                     until;
    int                                      line = 0;  // of the scenario
};

// Everything a provider says to one request.
struct turn {
    std::vector<provider_step> steps;
    int                        line = 0;
};

struct provider_script {
    std::string       name;    // "openai": who it is in the transcript
    std::string       format;  // row of wire::provider_formats()
    std::vector<turn> turns;   // the nth request gets the nth turn; more requests get an error
    int               line = 0;
};

}  // namespace mock
