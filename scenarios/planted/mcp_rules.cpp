// What a gateway says of MCP, to its servers and to its clients, that breaks a rule of MCP.

#include <functional>

#include "scenarios/planted/forms.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

constexpr char const* check = "mcp-rules";

// Where a field of a head begins, with the line end before it; npos: it has none.
std::size_t field_at(std::string const& head, std::string const& name) {
    return head.find("\r\n" + name + ": ");
}

void take_out(std::string& head, std::string const& name) {
    auto const at = field_at(head, name);
    if (at != head.npos) head.erase(at, head.find("\r\n", at + 2) - at);
}

void put_in(std::string& head, std::string const& name, std::string const& value) {
    take_out(head, name);
    head.insert(head.find("\r\n"), "\r\n" + name + ": " + value);
}

// A message without events whose body says this word, or any if it is empty: something is done to
// its head and to what it says.
using edit = std::function<void(std::string& head, json& said)>;

class edits_whole final : public message_editor {
public:
    edits_whole(std::string word, edit e) : word_(std::move(word)), edit_(std::move(e)) {}

private:
    void whole(std::string& head, std::string& body) override {
        if (head.find(word_) == head.npos && body.find(word_) == body.npos) return;
        auto       said = wire::read_json(body);
        auto const before = said;
        edit_(head, said);
        if (said.is_structured() && said != before) body = said.dump();
    }

    std::string word_;
    edit        edit_;
};

planted_fault::maker whole(way where, std::string word, edit e) {
    return edited(where, [=] { return std::make_unique<edits_whole>(word, e); });
}

// The events of a client's streams.
using event_edit = std::function<std::string(sse_block const&)>;

class edits_events final : public message_editor {
public:
    explicit edits_events(event_edit e) : edit_(std::move(e)) {}

private:
    void event(sse_block const& b) override {
        if (auto said = edit_(b); !said.empty()) say(std::move(said));
    }
    event_edit edit_;
};

planted_fault::maker events(way where, event_edit e) {
    return edited(where, [=] { return std::make_unique<edits_events>(e); });
}

bool is_result(sse_block const& b) {
    return b.json.is_object() && b.json.contains("result") && !b.json.contains("method");
}

bool is_progress(sse_block const& b) {
    return b.json.is_object() && b.json.value("method", "") == "notifications/progress";
}

std::string with_id_line(sse_block const& b, std::string const& id) {
    auto       raw = b.raw;
    auto const at = raw.find("id: ");
    if (at == raw.npos) return raw;
    return raw.replace(at + 4, raw.find('\n', at) - at - 4, id);
}

std::string with_result(sse_block const& b, std::function<void(json&)> const& change) {
    if (!is_result(b)) return b.raw;
    auto said = b.json;
    change(said["result"]);
    auto       raw = b.raw;
    auto const at = raw.find("data: ");
    return raw.replace(at, raw.find('\n', at) - at, "data: " + said.dump());
}

class streams_as_text final : public message_editor {
    void head(std::string& h) override { put_in(h, "Content-Type", "text/plain"); }
};

class session_in_the_modern_era final : public message_editor {
    void head(std::string& h) override { put_in(h, "MCP-Session-Id", "6f1e5d8a0b7c4c39"); }
};

// Fields of what goes to servers.
planted_fault::maker says(char const* word, char const* name, char const* value) {
    return whole(way::to_server, word,
                 [=](std::string& head, json&) { put_in(head, name, value); });
}

std::vector<planted_fault> to_servers() {
    std::vector<std::string> const call{"mcp_endpoint/call_a_tool"};
    std::vector<std::string> const modern{"mcp_modern/parameters_in_headers"};
    std::vector<std::string> const resumed{"mcp_endpoint/stream_resumed_upstream"};
    return {
        {"takes-json-only", "a server is not told that streams are taken (H02)", "MCP 2025-11-25",
         check, call, says("tools/call", "Accept", "application/json")},
        {"listens-for-anything", "a GET does not say that it wants events (H03)", "MCP 2025-11-25",
         check, call, says("GET ", "Accept", "*/*")},
        {"posts-text", "messages are posted as text (H04)", "MCP 2025-11-25", check, call,
         says("tools/call", "Content-Type", "text/plain")},
        {"forgets-the-revision", "requests do not say the revision that was agreed upon (H25)",
         "MCP 2025-06-18", check, call,
         whole(way::to_server, "tools/call",
               [](std::string& head, json&) { take_out(head, "MCP-Protocol-Version"); })},
        {"listens-outside-of-sessions", "a GET has no session's id (H18)", "MCP 2025-11-25", check,
         call,
         whole(way::to_server, "GET ",
               [](std::string& head, json&) { take_out(head, "MCP-Session-Id"); })},
        {"nobody-begins", "initialize does not say who begins (L01)", "MCP 2025-11-25", check, call,
         whole(way::to_server, "\"initialize\"",
               [](std::string&, json& said) { said["params"].erase("clientInfo"); })},
        {"asks-without-version", "requests to servers are no JSON-RPC 2.0 (J01)", "JSON-RPC 2.0, 4",
         check, call,
         whole(way::to_server, "tools/call",
               [](std::string&, json& said) { said.erase("jsonrpc"); })},
        {"asks-in-batches", "a call is a batch (J08, H01)", "MCP 2025-06-18", check, call,
         whole(way::to_server, "tools/call",
               [](std::string&, json& said) { said = json::array({said}); })},
        {"asks-by-a-fraction", "the id of a call is no integer (J02)", "MCP 2025-11-25", check,
         call,
         whole(way::to_server, "tools/call", [](std::string&, json& said) { said["id"] = 1.5; })},
        {"asks-by-one-id", "all requests of a session have one id (J03)", "MCP 2025-11-25", check,
         call,
         whole(way::to_server, "\"id\"",
               [](std::string&, json& said) {
                   if (said.contains("method")) said["id"] = 1;
               })},
        {"hands-the-key-on", "a server is sent the key of the gateway's client (S06)",
         "MCP 2025-11-25, security best practices", check, call,
         says("tools/call", "Authorization", "Bearer sk-lockstep")},
        {"answers-pings-at-length",
         "a server's ping is answered with more than {} (L10)",
         "MCP 2025-11-25, basic/utilities/ping",
         check,
         {"session/server_pings_during_a_call"},
         whole(way::to_server, "\"result\":{}",
               [](std::string&, json& said) { said["result"]["pong"] = true; })},
        {"answers-for-its-client",
         "a server gets another answer than its client has given (L30)",
         "modelcontextprotocol/conformance#407",
         check,
         {"mcp_endpoint/two_clients_two_sessions"},
         whole(way::to_server, "\"model\"",
               [](std::string&, json& said) { said["result"]["model"] = "another"; })},
        {"names-another-method", "Mcp-Method is not that of the body (N02)", "MCP 2026-07-28",
         check, modern, says("tools/call", "Mcp-Method", "tools/list")},
        {"says-no-capabilities", "requests do not say what their client can (N01)",
         "MCP 2026-07-28", check, modern,
         whole(way::to_server, "tools/call",
               [](std::string&, json& said) {
                   said["params"]["_meta"].erase("io.modelcontextprotocol/clientCapabilities");
               })},
        {"loses-a-parameter", "an argument that a tool wants in a header is not there (N03)",
         "MCP 2026-07-28", check, modern,
         whole(way::to_server, "tools/call",
               [](std::string& head, json&) {
                   auto const at = head.find("\r\nMcp-Param-");
                   if (at != head.npos) head.erase(at, head.find("\r\n", at + 2) - at);
               })},
        {"goes-on-from-long-ago", "a stream is gone on with from an older event (E07)",
         "MCP 2025-11-25", check, resumed,
         events(way::from_server,
                [](sse_block const& b) {
                    auto raw = b.raw;
                    if (raw.find("retry: ") == raw.npos || !raw.starts_with("id: ")) return raw;
                    return raw.substr(raw.find('\n') + 1);
                })},
        {"does-not-wait", "a client comes back before it was told to (E06)", "MCP 2025-11-25",
         check, resumed,
         events(way::from_server,
                [](sse_block const& b) {
                    auto       raw = b.raw;
                    auto const at = raw.find("retry: ");
                    return at == raw.npos ? raw
                                          : raw.replace(at + 7, raw.find('\n', at) - at - 7, "1");
                })},
    };
}

std::vector<planted_fault> to_clients() {
    std::vector<std::string> const call{"mcp_endpoint/call_a_tool"};
    std::vector<std::string> const progress{"mcp_endpoint/progress_before_the_result"};
    std::vector<std::string> const modern{"mcp_modern/call_a_tool"};
    std::vector<std::string> const listens{"mcp_modern/what_it_has_subscribed_to"};
    auto const                     status = [](char const* word, char const* from, char const* to) {
        return whole(way::to_client, word, [=](std::string& head, json&) {
            if (auto const at = head.find(from); at != head.npos)
                head.replace(at, std::string_view(from).size(), to);
        });
    };
    return {
        {"accepts-with-200", "a notification is answered with 200 (H05)", "awslabs/mcp#3295", check,
         call, status("", " 202 ", " 200 ")},
        {"streams-as-text", "a stream of events is called text (H06)", "malloydata/malloyyo#134",
         check, call, edits<streams_as_text>(way::to_client)},
        {"counts-its-sessions", "the id of a session can be guessed (H17)", "MCP 2025-11-25", check,
         call,
         whole(way::to_client, "\r\nMCP-Session-Id: ",
               [](std::string& head, json&) { put_in(head, "MCP-Session-Id", "session-1"); })},
        {"refuses-with-400",
         "an unknown session is refused with 400 (H20)",
         "modelcontextprotocol/typescript-sdk#1708",
         check,
         {"mcp_endpoint/unknown_session"},
         status("", " 404 ", " 400 ")},
        {"speaks-behind-its-answer", "something is said behind the answer of a stream (H12)",
         "MCP 2025-11-25", check, call,
         events(way::to_client,
                [](sse_block const& b) {
                    auto const more =
                        as_event({{"jsonrpc", "2.0"}, {"method", "notifications/message"}});
                    return is_result(b) ? b.raw + more : b.raw;
                })},
        {"events-of-another-type", "messages are events of a type of their own (E02)", "the SDKs",
         check, call,
         events(way::to_client,
                [](sse_block const& b) {
                    return b.json.is_object() ? "event: update\ndata: " + b.data + "\n\n" : b.raw;
                })},
        {"events-without-a-first", "a stream that can be resumed does not begin with an id (E04)",
         "MCP 2025-11-25", check, call,
         events(way::to_client,
                [](sse_block const& b) {
                    bool const empty = b.data.empty() && b.raw.find("id: ") != b.raw.npos;
                    return empty ? std::string() : b.raw;
                })},
        {"events-of-two-ids", "the ids of events come again (E12)", "MCP 2025-11-25", check,
         progress,
         events(way::to_client,
                [count = 0](sse_block const& b) mutable {
                    return with_id_line(b, "1-" + std::to_string(++count % 2));
                })},
        {"silent-for-minutes",
         "a silent stream has no comments (E19)",
         "modelcontextprotocol/typescript-sdk#270",
         check,
         {"mcp_endpoint/silent_stream_stays_open"},
         events(way::to_client,
                [](sse_block const& b) { return b.raw.starts_with(':') ? std::string() : b.raw; })},
        {"progress-runs-back", "progress falls (L12)", "MCP 2025-11-25", check, progress,
         events(way::to_client,
                [](sse_block const& b) {
                    if (!is_progress(b)) return b.raw;
                    auto said = b.json;
                    said["params"]["progress"] = -said["params"]["progress"].get<int>();
                    return as_event(said);
                })},
        {"offers-what-nobody-has", "prompts are offered that no server has (L09)", "gateways only",
         check, call,
         whole(way::to_client, "\"protocolVersion\"",
               [](std::string&, json& said) {
                   said["result"]["capabilities"]["prompts"] = json::object();
               })},
        {"tells-of-changes-unasked", "a change is told of that was never declared (L24)",
         "MCP 2025-11-25", check, call,
         events(way::to_client,
                [](sse_block const& b) {
                    json const note{{"jsonrpc", "2.0"},
                                    {"method", "notifications/prompts/list_changed"}};
                    return is_result(b) ? as_event(note) + b.raw : b.raw;
                })},
        {"answers-pings-with-words",
         "a ping is answered with more than {} (L10)",
         "MCP 2025-11-25",
         check,
         {"mcp_endpoint/ping_is_answered"},
         events(way::to_client,
                [](sse_block const& b) {
                    return with_result(b, [](json& result) { result["pong"] = true; });
                })},
        {"spells-numbers-anew",
         "numbers of a result are written in another form (J12)",
         "gateways only",
         check,
         {"mcp_endpoint/untouched_json"},
         events(way::to_client,
                [](sse_block const& b) {
                    auto       raw = b.raw;
                    auto const at = raw.find("1000.0");
                    return at == raw.npos ? raw : raw.replace(at, 6, "1e3");
                })},
        {"gives-sessions-to-all", "a session is given to who has none (N06)", "MCP 2026-07-28",
         check, modern, edits<session_in_the_modern_era>(way::to_client)},
        {"results-of-no-type", "results do not say what they are (N08)", "MCP 2026-07-28", check,
         modern,
         events(way::to_client,
                [](sse_block const& b) {
                    return with_result(b, [](json& result) { result.erase("resultType"); });
                })},
        {"subscription-of-another", "what is subscribed to is marked with another id (N15)",
         "MCP 2026-07-28", check, listens,
         events(way::to_client,
                [](sse_block const& b) {
                    auto       raw = b.raw;
                    auto const at = raw.find("subscriptionId\":");
                    return at == raw.npos ? raw : raw.insert(at + 16, "1");
                })},
        {"subscription-unconfirmed", "a subscription begins with what it tells of (N15)",
         "MCP 2026-07-28", check, listens,
         events(way::to_client,
                [](sse_block const& b) {
                    bool const first = b.raw.find("subscriptions/acknowledged") != b.raw.npos;
                    return first ? std::string() : b.raw;
                })},
    };
}

}  // namespace

std::vector<planted_fault> mcp_rules();

std::vector<planted_fault> mcp_rules() {
    auto all = to_servers();
    for (auto& fault : to_clients()) all.push_back(std::move(fault));
    return all;
}

}  // namespace scenario::planting
