#include <algorithm>
#include <map>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_judging.hpp"
#include "wire/json_members.hpp"

// 8.1: JSON-RPC, in both eras. The judges are of one side of a conversation: `server` is whose.
namespace scenario::rules {

namespace {

char const* const basic = "2025-11-25 basic: Messages";

// As it stands in a message: 7 and "7" are two.
std::string id_of(mcp_message const& m) {
    return std::to_string(m.scope) + ' ' + member(m.value, "id").dump();
}

bool is_id(json const& id) { return id.is_string() || id.is_number_integer(); }

template <bool server>
void messages(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server != server) continue;
        bool const one = m.value.is_object() && member(m.value, "jsonrpc") == "2.0" &&
                         (member(m.value, "method").is_string() || m.value.contains("result") ||
                          m.value.contains("error"));
        bool const batch = m.value.is_array() && !m.value.empty();
        f.expect(one || batch, m.place,
                 m.value.is_discarded() ? "this is no JSON" : "no message of JSON-RPC 2.0");
    }
    for (auto const& line : server ? c.noise : c.noise_by_client)
        f.expect(false, server ? "standard output" : "standard input", "no message: " + line);
}

template <bool server>
void ids(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (m.by_server == server && is_request(m.value))
            f.expect(is_id(m.value["id"]), m.place, "an id " + m.value["id"].dump());
}

// A stream that is gone on with says again what it has said, and who is told 404 asks again.
template <bool server>
void no_id_again(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& m : c.messages)
        if (m.by_server == server && !m.modern && m.probe != "resume" && is_request(m.value))
            f.expect(seen.insert(id_of(m)).second, m.place,
                     "the id " + m.value["id"].dump() + " was used before");
}

// Those requests that we have spoilt ourselves need no answer.
bool needs_answer(conversation const& c, mcp_message const& asked) {
    if (!is_request(asked.value) || !is_id(asked.value["id"])) return false;
    if (asked.probe == "cancelled" || asked.probe == "duplicate" ||
        asked.probe == "to be duplicated" || cancel_of(c, asked) != nullptr)
        return false;
    if (asked.stream == 0) return !c.is_traced();
    auto const* x = exchange_of(c, asked);
    if (x == nullptr || x->status != 200) return false;
    // Whom we have left may have wanted to answer, unless we have lost patience.
    if (!c.is_traced()) return !x->left || !x->trouble.empty();
    bool const may_come_back = !x->events.empty() && !x->events.back().id.empty();
    return x->over && x->trouble.empty() && !may_come_back;
}

template <bool server>
void one_answer(conversation const& c, finding& f) {
    std::map<std::string, int> answers, asked;
    for (auto const& m : c.messages) {
        if (m.by_server != server && is_request(m.value)) ++asked[id_of(m)];
        if (m.by_server != server || !is_response(m.value) || member(m.value, "id").is_null())
            continue;
        // What a stream says once more belongs to E14, an id that we have used twice to H32.
        if (m.probe == "duplicate" || m.probe == "to be duplicated") continue;
        // Who asks again by the same id is answered again.
        f.expect(++answers[id_of(m)] <= std::max(1, asked[id_of(m)]) || m.probe == "resume",
                 m.place, "a second answer to " + m.value["id"].dump());
    }
    if (!server) return;  // whether a client has had the time to answer nobody knows
    for (auto const& m : c.messages)
        if (!m.by_server && needs_answer(c, m))
            f.expect(answers.contains(id_of(m)), m.place,
                     "no answer, or one with another id than " + m.value["id"].dump());
}

template <bool server>
void answers_to_requests(conversation const& c, finding& f) {
    std::set<std::string> asked;
    for (auto const& m : c.messages) {
        if (m.value.is_array())
            for (auto const& one : m.value)
                asked.insert(std::to_string(m.scope) + ' ' + member(one, "id").dump());
        if (m.by_server != server && is_request(m.value)) asked.insert(id_of(m));
        if (m.by_server != server || !is_response(m.value) || !is_id(member(m.value, "id")))
            continue;
        // To what could not be read its id may have been told all the same.
        if (m.probe == "not JSON-RPC" || m.probe == "bad JSON") continue;
        f.expect(asked.contains(id_of(m)), m.place,
                 "nobody has asked with the id " + m.value["id"].dump());
    }
}

template <bool server>
void shape_of_answers(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server != server || !is_response(m.value)) continue;
        bool const result = m.value.contains("result"), error = m.value.contains("error");
        if (!error) {
            f.expect(result, m.place, "neither a result nor an error");
            continue;
        }
        auto const& e = m.value["error"];
        f.expect(
            !result && member(e, "code").is_number_integer() && member(e, "message").is_string(),
            m.place, result ? "a result and an error" : "an error without code or message");
    }
}

bool takes_batches(conversation const& c, mcp_message const& m) {
    auto const* x = exchange_of(c, m);
    if (x != nullptr) return x->revision == "2025-03-26";
    auto const all = agreements(c);
    auto const found = all.find(m.scope);
    return found != all.end() && found->second.revision == "2025-03-26";
}

template <bool server>
void no_batches(conversation const& c, finding& f) {
    if (server)
        for (auto const* x : exchanges_for(c, "batch"))
            f.expect(
                x->status >= 400, x->place(),
                "a batch is taken at " + x->revision + ": status " + std::to_string(x->status));
    for (auto const& m : c.messages) {
        if (m.by_server != server || m.probe == "batch" || m.probe == "empty batch") continue;
        if (m.value.is_array())
            f.expect(takes_batches(c, m), m.place, "a batch is said at another revision");
        else if (!server)
            f.expect(true, m.place, {});
        if (m.value.is_array())
            for (auto const& one : m.value)
                f.expect(method_of(one) != "initialize", m.place, "initialize in a batch");
    }
}

template <bool server>
void utf8(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (m.by_server == server) f.expect(m.utf8, m.place, "bytes that are no UTF-8");
}

void error_without_id(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "bad JSON")) {
        auto const said = wire::read_json(x->answer);
        if (!said.is_object()) continue;
        f.expect(member(said, "id").is_null(), x->place(), "an id " + member(said, "id").dump());
    }
}

// 0, "", what no double holds, and texts.
bool is_strange(json const& id) {
    if (id.is_string()) return true;
    return id.is_number_integer() && (id == 0 || id < 0 || id > (std::int64_t{1} << 53));
}

void strange_ids(mcp_view const& view, finding& f) {
    for (auto const& c : view.fronts)
        for (auto const& m : c.messages)
            if (!m.by_server && needs_answer(c, m) && is_strange(m.value["id"]))
                f.expect(answer_to(c, m) != nullptr, m.place,
                         "its id " + m.value["id"].dump() + " is not that of its answer");
}

// What a server has answered is what its client reads, member by member and as it is spelled.
void untouched(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        if (p.answer == nullptr || p.back_answer == nullptr) continue;
        if (p.answer->size > 0 || p.back_answer->size > 0) continue;
        bool const both =
            p.answer->value.contains("result") && p.back_answer->value.contains("result");
        auto const method = method_of(p.asked->value);
        if (!both || p.asked->modern != p.back->modern || method != "tools/call") continue;
        // The id of a task may have its server's name in front.
        if (member(p.asked->value, "params").contains("task")) continue;
        f.expect(spelled_member(p.answer->text, "result") ==
                     spelled_member(p.back_answer->text, "result"),
                 p.answer->place, "the result is not what the server has written");
    }
}

constexpr auto must = mcp_level::must;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"J01",
     "C S P",
     must,
     "every message is an object of JSON-RPC 2.0 and of one kind",
     basic,
     {.server = messages<true>, .client = messages<false>}},
    {"J02",
     "C S P",
     must,
     "the id of a request is a string or an integer",
     basic,
     {.server = ids<true>, .client = ids<false>}},
    {"J03",
     "C S P",
     must,
     "no id is used again in a session by who has used it",
     basic,
     {.server = no_id_again<true>, .client = no_id_again<false>}},
    {"J04",
     "C S P",
     must,
     "a request has one answer, with its id in value and type",
     basic,
     {.server = one_answer<true>, .client = one_answer<false>}},
    {"J05",
     "C S P",
     must,
     "nothing is answered that was not asked",
     basic,
     {.server = answers_to_requests<true>, .client = answers_to_requests<false>}},
    {"J06",
     "C S P",
     must,
     "an answer has a result or an error with code and message",
     basic,
     {.server = shape_of_answers<true>, .client = shape_of_answers<false>}},
    {"J07",
     "C S P",
     must,
     "messages are what the revision's JSON schema says",
     "schema.json",
     {},
     "the schemas are not part of this program; the official suite has them",
     "the schemas are not part of this program; the official suite has them"},
    {"J08",
     "C S P",
     must,
     "no batch at another revision than 2025-03-26",
     "2025-06-18 changelog: batching is removed",
     {.server = no_batches<true>, .client = no_batches<false>}},
    {"J09",
     "C S P",
     must,
     "messages are UTF-8",
     "2025-11-25 basic/transports",
     {.server = utf8<true>, .client = utf8<false>}},
    {"J10",
     "S P",
     must,
     "an error to what cannot be read has no id",
     "JSON-RPC 2.0 section 5",
     {.server = error_without_id}},
    {"J11",
     "P",
     practice,
     "ids 0, empty, large and strings survive",
     "gateways only",
     {.gateway = strange_ids}},
    {"J12",
     "P",
     practice,
     "unknown members and numbers survive",
     "gateways only",
     {.gateway = untouched}},
};

}  // namespace

std::span<mcp_rule const> json_rpc() { return all; }

}  // namespace scenario::rules
