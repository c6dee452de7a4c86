#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "wire/conversation.hpp"
#include "wire/delta.hpp"
#include "wire/framing.hpp"

// How one provider spells a conversation and its answer. One file in wire/providers/ and
// one row in provider_format.cpp add a provider.
//
// A file holds both directions: what the gateway needs (write the request, read the answer)
// and what a mock needs (read the request, write the answer). Encoder and decoder would
// agree on a common mistake, so both are tested on recordings of the real service, never
// only against each other.
namespace wire {

using fields = std::vector<std::pair<std::string, std::string>>;  // HTTP header fields, in order

// Whose request it is and whither it goes, as far as its spelling depends on it.
struct account {
    account(std::string key = {}) : api_key(std::move(key)) {}

    std::string  api_key;      // empty: no credentials
    std::string  api_version;  // Azure's
    // Amazon's signature covers more than the body.
    std::string  secret_key;
    std::string  session_token;
    std::string  region;
    std::string  host;       // as the Host field says it
    std::string  base_path;  // what the path is appended to
    std::int64_t now = 0;    // Unix seconds
};

struct provider_request {
    std::string path;  // appended to the configured base, for instance "/chat/completions"
    fields      headers;
    std::string body;
};

// Bytes of a streamed answer in, deltas out, wherever the bytes are cut.
class answer_decoder {
public:
    virtual ~answer_decoder() = default;

    // Appends what the bytes say. Throws wire::error::malformed on an event that is not what
    // the provider promises, event_too_large on one beyond the limit; deltas of the events
    // before it have been appended by then.
    virtual void feed(std::string_view bytes, std::vector<delta>& out) = 0;

    // The body has ended. Throws wire::error::stream_cut unless the answer was complete.
    virtual void end(std::vector<delta>& out) = 0;

    // The provider has said its last word ([DONE], message_stop, an error event): the rest of
    // the body, if any, means nothing, and nobody need wait for its end.
    virtual bool finished() const = 0;
};

// What a mock tells of itself in each chunk.
struct answer_identity {
    std::string  id;  // "chatcmpl-..." or "msg_..."; empty lets the format choose
    std::string  model;
    std::int64_t created = 0;  // Unix seconds
    bool         include_usage = false;
    usage        tokens;  // used where the stream begins with usage
};

// Deltas in, the provider's bytes out. `begin` is what precedes the first delta (may be
// empty), `end` what follows the finish ([DONE], message_stop). Each call gives whole
// frames.
class answer_encoder {
public:
    virtual ~answer_encoder() = default;
    virtual std::string begin() = 0;
    virtual std::string encode(delta const&) = 0;
    virtual std::string end() = 0;
};

// What a mock understood of a request.
struct provider_question {
    std::string              model;
    bool                     stream = false;
    bool                     include_usage = false;
    std::vector<std::string> tools;     // names offered, in order
    nlohmann::json           messages;  // in OpenAI's shape; null: the body has them, in
                                        // OpenAI's or Anthropic's
    std::vector<std::pair<std::string, std::string>>
        results;  // tool call id, result text; last turn
};

struct provider_format {
    char const*   name;     // "openai"
    char const*   prefix;   // what LiteLLM writes before the model, "openai"
    char const*   prompt;   // how `lockstep list` explains it in a few words
    char const*   base;     // where the service lives; null: everybody has his own
    wire::framing framing;  // of a streamed answer

    // Gateway side. `request` throws wire::error::unsupported if the provider has no word for
    // something that was asked.
    provider_request (*request)(conversation const&, account const&);
    std::unique_ptr<answer_decoder> (*decoder)(std::size_t event_size_max);
    // A whole (unstreamed) answer. Throws wire::error::malformed.
    std::vector<delta> (*whole)(std::string_view body);
    // The provider's own words in an HTTP error body; never throws, any bytes will do.
    failure (*failed)(int status, std::string_view body);

    // Mock side.
    char const* answer_id;  // how an answer's id begins, "chatcmpl-"
    char const* call_id;    // how a call's id begins, "call_"
    // Throws wire::error::malformed. The path tells where the body does not.
    provider_question (*question)(std::string_view target, std::string_view body);
    std::unique_ptr<answer_encoder> (*encoder)(answer_identity const&);
    std::string (*whole_body)(std::vector<delta> const&, answer_identity const&);
    std::string (*failure_body)(failure const&);
    // What the head of an error says beside; null: nothing.
    fields (*failure_head)(failure const&) = nullptr;
    // Characters of a call's id, all of them letters and digits; 0: any.
    std::size_t call_id_size = 0;
};

// One row per file in wire/providers/, in the order `lockstep list` shows them.
std::span<provider_format const> provider_formats();

// By our name or by LiteLLM's prefix. Null if nobody is called so.
provider_format const* find_provider_format(std::string_view name);

}  // namespace wire
