#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/http.hpp"
#include "runtime/time.hpp"

// What the rules of MCP are judged on: all that a client and a server have said to each other, from
// a trace (mcp_view.hpp) or from an examination (`lockstep check-mcp`).
namespace scenario {

struct mcp_message {
    runtime::time_point at{};
    bool                by_server = false;
    bool                modern = false;
    std::uint64_t       scope = 0;   // a session: within it ids are unique
    std::uint64_t       stream = 0;  // the exchange that carried it; 0: standard streams
    std::string         probe;       // what it was said for; empty: nothing special
    nlohmann::json      value;       // discarded: it is no JSON
    std::string         place;       // for people: where to look for it
    std::string         text;        // as it was said; empty: not kept
    bool                utf8 = true;
    std::size_t         size = 0;  // of a text that was too long to be kept as it is
};

// One HTTP request and its answer.
struct mcp_exchange {
    struct event {
        std::string         id;  // its own; empty: it has none
        std::string         type;
        std::string         data;
        runtime::time_point at{};
        long                retry = -1;

        nlohmann::json const& said() const;  // null if there is no data

        mutable std::optional<nlohmann::json> said_;
    };

    std::uint64_t         number = 0;
    std::uint64_t         scope = 0;
    bool                  modern = false;
    std::string           probe;
    std::string           revision;  // of its session; empty: none yet
    runtime::http_request request;
    std::string           body;
    unsigned              status = 0;  // 0: no head came
    runtime::http_fields  fields;
    std::string           answer;  // the body, where it is no stream
    std::vector<event>    events;
    bool                  over = false;  // the server has ended it
    bool                  left = false;  // we have
    std::string           trouble;       // how it broke, for people; empty: it did not

    runtime::time_point              at{};
    runtime::time_point              over_at{};  // by whomever
    std::vector<runtime::time_point> comments;
    bool                             strange = false;  // its stream is spelled in unusual ways
    bool                             midway = false;   // it was ended within an event
    std::string                      where;  // "12ms client -> proxy"; empty: in an examination

    nlohmann::json const& asked() const;                   // its body
    std::string           field(char const* name) const;   // of the request; empty: it has none
    std::string           header(char const* name) const;  // of the answer
    bool                  is_request() const;              // a POST that wants an answer
    bool                  streams() const;
    std::string           place() const;  // "POST ping (unknown session)"

    mutable std::optional<nlohmann::json> asked_;
};

struct mcp_conversation {
    std::string              client, server;  // their names; empty: of an examination
    std::vector<mcp_message> messages;
    std::deque<mcp_exchange> exchanges;        // what is in it stays where it is
    std::vector<std::string> noise;            // of standard output: lines that are no message
    std::vector<std::string> noise_by_client;  // of standard input
    std::optional<bool>      ended_by_itself;  // a program whose standard input ended
    std::vector<std::string> sessions;         // ids, in the order in which they were given
    // Standard streams that have ended, by scope: when, and whether their client has ended them.
    struct ending {
        runtime::time_point at{};
        bool                by_client = false;
        bool                at_strike = false;  // when the story was over
    };
    std::map<std::uint64_t, ending> ended;
    // In a trace: how much later something may be, and the session ids that are deleted at its end.
    runtime::duration               slack{};
    std::vector<std::string>        farewells;
    bool                            may_be_silent = false;  // it was told to say no comments
    bool                            is_traced() const { return !client.empty(); }
};

// A text as one must read it who acts on it: discarded where it is no JSON, or where readers would
// disagree on what it says (json_guard.hpp).
nlohmann::json read_carefully(std::string const& text);

// The kinds of messages. A batch is none of them.
bool is_request(nlohmann::json const&);
bool is_note(nlohmann::json const&);
bool is_response(nlohmann::json const&);

std::string    method_of(nlohmann::json const&);            // empty: it has none
nlohmann::json token_given(nlohmann::json const& request);  // of progress; null: none
nlohmann::json token_told(nlohmann::json const& note);

std::vector<mcp_exchange const*> exchanges_for(mcp_conversation const&, std::string_view probe);
mcp_exchange const*              exchange_of(mcp_conversation const&, mcp_message const&);
// The first response to the first message that was sent for this; null: none, or it was not sent.
mcp_message const*               sent_for(mcp_conversation const&, std::string_view probe);
// What has answered it first, from the other side.
mcp_message const*               answer_to(mcp_conversation const&, mcp_message const&);

// What initialize has agreed upon in a session.
struct mcp_agreement {
    mcp_message const* hello = nullptr;
    mcp_message const* welcome = nullptr;  // a result, that is
    mcp_message const* ready = nullptr;    // notifications/initialized
    std::string        revision;
    nlohmann::json     declared = nlohmann::json::object();  // by the client
    nlohmann::json     offered = nlohmann::json::object();   // by the server
};
std::map<std::uint64_t, mcp_agreement> agreements(mcp_conversation const&);

}  // namespace scenario
