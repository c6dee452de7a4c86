#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include <nlohmann/json_fwd.hpp>

// What a model says, piece by piece, in no provider's spelling.
//
// Decoders in wire/providers/ produce deltas, encoders spell them again, and the gateway
// sees nothing else. `choice` is the OpenAI choice index; it is 0 wherever a provider
// knows only one answer. A tool call opens with tool_begins, grows by tool_arguments (JSON
// text in fragments that may be cut anywhere) and is whole at tool_ends. `index` counts the
// calls of one choice from 0, whatever numbers the provider used.
namespace wire {

struct text {
    std::string piece;
    int         choice = 0;
    bool        operator==(text const&) const = default;
};

struct thinking {
    std::string piece;
    std::string signature;  // to be sent back unchanged in the next turn; empty if none
    int         choice = 0;
    bool        redacted = false;  // `signature` is a sealed block without readable words
    bool        operator==(thinking const&) const = default;
};

struct refusal {
    std::string piece;
    int         choice = 0;
    bool        operator==(refusal const&) const = default;
};

struct tool_begins {
    int         index = 0;
    std::string id;
    std::string name;
    int         choice = 0;
    bool        operator==(tool_begins const&) const = default;
};

struct tool_arguments {
    int         index = 0;
    std::string piece;
    int         choice = 0;
    bool        operator==(tool_arguments const&) const = default;
};

struct tool_ends {
    int  index = 0;
    int  choice = 0;
    bool operator==(tool_ends const&) const = default;
};

// Tokens of one answer, in OpenAI's way of counting: `input` includes cached tokens and
// `output` includes reasoning (the formats differ in it).
struct usage {
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t cached = 0;
    std::int64_t reasoning = 0;
    bool         operator==(usage const&) const = default;
};

enum class finish_reason { stop, length, tool_calls, content_filter };

struct finish {
    finish_reason reason = finish_reason::stop;
    int           choice = 0;
    bool          operator==(finish const&) const = default;
};

// An error that the provider told in its own words: as an HTTP error body, or as an event
// inside a stream that had begun well (then status is 0).
struct failure {
    int         status = 0;
    std::string type;
    std::string message;
    std::string code;
    bool        operator==(failure const&) const = default;
};

using delta = std::variant<text, thinking, refusal, tool_begins, tool_arguments, tool_ends, usage,
                           finish, failure>;

// "stop", "length", "tool_calls", "content_filter": OpenAI's words, used by our traces too.
char const* to_text(finish_reason);

// The legal order of one streamed answer. Decoders keep it, the mocks keep it, and the
// chat-grammar check judges by it: one table, three readers.
enum class answer { silent, speaking, calling, finished, broken };
enum class said { text, tool_begins, tool_arguments, tool_ends, finish };

answer next(answer now, said what);

}  // namespace wire
