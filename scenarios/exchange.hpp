#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/expectation.hpp"

// What a trace tells, sorted by whom it is about. The standing checks read this instead of
// single events. Pointers go into the trace and live as long as it does; null: it did not pass.
namespace scenario {

using event_pointer = runtime::event const*;

// One request of a client, and all that came back.
struct client_exchange {
    std::uint64_t              number = 0;
    event_pointer              request = nullptr;
    std::string                path;
    bool                       streamed = false;
    std::string                question;           // its last user message; empty: cannot be told
    int                        status = 0;         // 0: no head was seen
    std::vector<event_pointer> heard;              // proxy -> client, quiet ones too
    event_pointer              over = nullptr;     // the first event that ends it
    event_pointer              hang_up = nullptr;  // the client left before that

    event_pointer first(std::string_view verb) const;
    std::string   text() const;
    bool          is_chat() const { return path.ends_with("/chat/completions"); }
    // It asks a model, at whichever endpoint.
    bool          asks_a_model() const;
    // Its answer is a stream that began well and is ours to judge by OpenAI's chat grammar.
    bool          is_chat_stream() const;
};

// One answer of a provider, asked for by `turn N`.
struct provider_turn {
    std::uint64_t              exchange = 0;
    std::string                provider;
    event_pointer              request = nullptr;
    std::vector<event_pointer> said;
    event_pointer              let_go = nullptr;  // the gateway closed

    event_pointer              first(std::string_view verb) const;
    // Nothing more has to come: finished, failed or closed by the provider itself.
    event_pointer              complete() const;
    // All text of the events before `end` (null: of all). Nothing if it cannot be told.
    std::optional<std::string> text(event_pointer end) const;
};

// One `call TOOL` to an MCP server.
struct mcp_call {
    std::uint64_t              exchange = 0;
    std::string                server;
    std::string                tool;
    event_pointer              request = nullptr;
    std::vector<event_pointer> answers;           // result, tool-error, error
    event_pointer              broken = nullptr;  // the server closed, died or refused
    event_pointer              let_go = nullptr;  // cancelled or closed by the gateway
};

class story {
public:
    explicit story(std::vector<runtime::event> const&);
    story(story const&) = delete;
    story& operator=(story const&) = delete;

    std::vector<client_exchange> exchanges;
    std::vector<provider_turn>   turns;
    std::vector<mcp_call>        calls;
    std::vector<event_pointer>   mcp_requests;  // `call`, `list` and `request` of clients of MCP

    // Whose turn or call this is; null if that cannot be told for certain.
    client_exchange const* owner(provider_turn const&) const;
    client_exchange const* owner(mcp_call const&) const;

    // The turns of an exchange in order. Nothing if any turn might be somebody else's.
    std::optional<std::vector<provider_turn const*>> turns_of(client_exchange const&) const;

    // The JSON of a frame or body; discarded if it is none. Read once, whoever asks.
    nlohmann::json const& json_of(runtime::event const&) const;

private:
    void                   hear_client(runtime::event const&);
    void                   hear_provider(runtime::event const&);
    void                   hear_server(runtime::event const&);
    bool                   could_own(client_exchange const&, provider_turn const&) const;
    client_exchange const* find_owner(provider_turn const&) const;

    std::map<std::uint64_t, std::size_t>                   exchange_at_;  // by number
    std::map<std::uint64_t, std::size_t>                   turn_at_;      // by exchange
    std::multimap<std::string, std::size_t>                asking_;       // by question
    std::map<provider_turn const*, client_exchange const*> owners_;
    client_exchange const* only_ = nullptr;  // if there is but one that may ask

    mutable std::map<event_pointer, nlohmann::json> read_;
};

// The text of `text "..."`, or of any event whose first word is quoted.
std::string quoted_text(runtime::event const&);

// The member of an object; null if it has none, or is no object.
nlohmann::json const& member(nlohmann::json const& object, char const* key);
nlohmann::json        member(nlohmann::json&& object, char const* key);

// The conversation that a provider was asked with: as it was sent, or as the mock has understood
// it, where that is not OpenAI's or Anthropic's shape.
nlohmann::json const& messages_of(runtime::event const& turn);

objection object(char const* check, event_pointer about, std::string problem,
                 std::string detail = {});

}  // namespace scenario
