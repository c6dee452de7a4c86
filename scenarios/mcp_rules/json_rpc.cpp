#include <map>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"
#include "wire/json_members.hpp"

// 8.1: JSON-RPC, in both eras.
namespace scenario::rules {

namespace {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

char const* const basic = "2025-11-25 basic: Messages";

// As it stands in a message: 7 and "7" are two.
std::string id_of(mcp_message const& m) {
    return std::to_string(m.scope) + ' ' + member(m.value, "id").dump();
}

bool is_id(json const& id) { return id.is_string() || id.is_number_integer(); }

void messages(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (!m.by_server) continue;
        bool const one = m.value.is_object() && member(m.value, "jsonrpc") == "2.0" &&
                         (member(m.value, "method").is_string() || m.value.contains("result") ||
                          m.value.contains("error"));
        bool const batch = m.value.is_array() && !m.value.empty();
        f.expect(one || batch, m.place,
                 m.value.is_discarded() ? "this is no JSON" : "no message of JSON-RPC 2.0");
    }
    for (auto const& line : c.noise) f.expect(false, "standard output", "no message: " + line);
}

void ids(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (m.by_server && is_request(m.value))
            f.expect(is_id(m.value["id"]), m.place, "an id " + m.value["id"].dump());
}

void no_id_again(conversation const& c, finding& f) {
    std::set<std::string> seen;
    for (auto const& m : c.messages)
        if (m.by_server && !m.modern && is_request(m.value))
            f.expect(seen.insert(id_of(m)).second, m.place,
                     "the id " + m.value["id"].dump() + " was used before");
}

// Those requests that we have spoilt ourselves need no answer.
bool needs_answer(conversation const& c, mcp_message const& asked) {
    if (!is_request(asked.value) || !is_id(asked.value["id"])) return false;
    if (asked.probe == "cancelled" || asked.probe == "duplicate" ||
        asked.probe == "to be duplicated")
        return false;
    if (asked.stream == 0) return true;
    // Whom we have left may have wanted to answer, unless we have lost patience.
    for (auto const& x : c.exchanges)
        if (x.number == asked.stream) return x.status == 200 && (!x.left || !x.trouble.empty());
    return false;
}

void one_answer(conversation const& c, finding& f) {
    std::map<std::string, int> answers;
    for (auto const& m : c.messages) {
        if (!m.by_server || !is_response(m.value) || member(m.value, "id").is_null()) continue;
        // What a stream says once more belongs to E14, an id that we have used twice to H32.
        if (m.probe == "duplicate" || m.probe == "to be duplicated") continue;
        f.expect(++answers[id_of(m)] == 1 || m.probe == "resume", m.place,
                 "a second answer to " + m.value["id"].dump());
    }
    for (auto const& m : c.messages)
        if (!m.by_server && needs_answer(c, m))
            f.expect(answers.contains(id_of(m)), m.place,
                     "no answer, or one with another id than " + m.value["id"].dump());
}

void answers_to_requests(conversation const& c, finding& f) {
    std::set<std::string> asked;
    for (auto const& m : c.messages) {
        if (m.value.is_array())
            for (auto const& one : m.value)
                asked.insert(std::to_string(m.scope) + ' ' + member(one, "id").dump());
        if (!m.by_server && is_request(m.value)) asked.insert(id_of(m));
        if (!m.by_server || !is_response(m.value) || !is_id(member(m.value, "id"))) continue;
        f.expect(asked.contains(id_of(m)), m.place,
                 "nobody has asked with the id " + m.value["id"].dump());
    }
}

void shape_of_answers(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (!m.by_server || !is_response(m.value)) continue;
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

void no_batches(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "batch"))
        f.expect(x->status >= 400, x->place(),
                 "a batch is taken at " + x->revision + ": status " + std::to_string(x->status));
}

void error_without_id(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "bad JSON")) {
        auto const said = wire::read_json(x->answer);
        if (!said.is_object()) continue;
        f.expect(member(said, "id").is_null(), x->place(), "an id " + member(said, "id").dump());
    }
}

constexpr auto must = mcp_level::must;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"J01", "C S P", must, "every message is an object of JSON-RPC 2.0 and of one kind", basic,
     messages, nullptr},
    {"J02", "C S P", must, "the id of a request is a string or an integer", basic, ids, nullptr},
    {"J03", "C S P", must, "no id is used again in a session by who has used it", basic,
     no_id_again, nullptr},
    {"J04", "C S P", must, "a request has one answer, with its id in value and type", basic,
     one_answer, nullptr},
    {"J05", "C S P", must, "nothing is answered that was not asked", basic, answers_to_requests,
     nullptr},
    {"J06", "C S P", must, "an answer has a result or an error with code and message", basic,
     shape_of_answers, nullptr},
    {"J07", "C S P", must, "messages are what the revision's JSON schema says", "schema.json",
     nullptr, "the schemas are not part of this program; the official suite has them"},
    {"J08", "C S P", must, "no batch at another revision than 2025-03-26",
     "2025-06-18 changelog: batching is removed", no_batches, nullptr},
    {"J09", "C S P", must, "messages are UTF-8", "2025-11-25 basic/transports", nullptr,
     "what is not UTF-8 is no JSON for our parser, and so is told by J01"},
    {"J10", "S P", must, "an error to what cannot be read has no id", "JSON-RPC 2.0 section 5",
     error_without_id, nullptr},
    {"J11", "P", practice, "ids 0, empty, large and strings survive", "gateways only", nullptr,
     "needs both sides; the scenarios of family mcp_endpoint play it"},
    {"J12", "P", practice, "unknown members and numbers survive", "gateways only", nullptr,
     "needs both sides; the scenario untouched_json plays it"},
};

}  // namespace

std::span<mcp_rule const> json_rpc() { return all; }

}  // namespace scenario::rules
