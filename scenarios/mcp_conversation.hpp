#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/http.hpp"
#include "runtime/time.hpp"
#include "runtime/trace.hpp"

// What the rules of MCP are judged on: all that a client and a server have said to each other, from
// a trace or from an examination (`lockstep check-mcp`).
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
};

// One HTTP request and its answer.
struct mcp_exchange {
    struct event {
        std::string id;  // its own; empty: it has none
        std::string type;
        std::string data;
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

    bool        streams() const;
    std::string place() const;  // "POST ping (unknown session)"
};

struct mcp_conversation {
    std::vector<mcp_message> messages;
    std::deque<mcp_exchange> exchanges;        // what is in it stays where it is
    std::vector<std::string> noise;            // of standard output: lines that are no message
    nlohmann::json           offered;          // the server's capabilities; null: not known
    std::optional<bool>      ended_by_itself;  // a program whose standard input ended
    std::vector<std::string> sessions;         // ids, in the order in which they were given
};

// The kinds of messages. A batch is none of them.
bool is_request(nlohmann::json const&);
bool is_note(nlohmann::json const&);
bool is_response(nlohmann::json const&);

std::vector<mcp_exchange const*> exchanges_for(mcp_conversation const&, std::string_view probe);
// The first response to the first message that was sent for this; null: none, or it was not sent.
mcp_message const*               sent_for(mcp_conversation const&, std::string_view probe);
mcp_message const*               answer_to(mcp_conversation const&, mcp_message const&);

// A conversation for each client of MCP in a trace and each path it asks: what the gateway, as a
// server, has said there.
std::vector<mcp_conversation> conversations_in(std::vector<runtime::event> const&);

}  // namespace scenario
