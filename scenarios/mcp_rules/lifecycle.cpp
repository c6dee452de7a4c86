#include <algorithm>
#include <map>
#include <set>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"

// 8.4: the life of a session, and what is said beside calls.
namespace scenario::rules {

namespace {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

std::string const as_text(json const& j) { return j.is_string() ? j.get<std::string>() : j.dump(); }

json code_of(mcp_message const& answer) { return member(member(answer.value, "error"), "code"); }

void expect_code(conversation const& c, finding& f, char const* probe, int wanted) {
    auto const* asked = sent_for(c, probe);
    auto const* said = asked ? answer_to(c, *asked) : nullptr;
    if (said == nullptr) return;
    auto const code = code_of(*said);
    f.expect(code == wanted, asked->place,
             (code.is_null() ? std::string("a result") : "code " + code.dump()) + " instead of " +
                 std::to_string(wanted));
}

void expect_empty(conversation const& c, finding& f, char const* probe) {
    auto const* asked = sent_for(c, probe);
    if (asked == nullptr) return;
    auto const* said = answer_to(c, *asked);
    auto const  result = said ? member(said->value, "result") : json();
    f.expect(result.is_object() && result.empty(), asked->place,
             said ? "the result is " + result.dump() : "no answer");
}

void versions(conversation const& c, finding& f) {
    std::set<std::string> spoken;
    auto const            chosen = [&](mcp_message const& m) {
        auto const* said = answer_to(c, m);
        return said ? member(member(said->value, "result"), "protocolVersion") : json();
    };
    auto const asked_for = [](mcp_message const& m) {
        return as_text(member(member(m.value, "params"), "protocolVersion"));
    };
    for (auto const& m : c.messages)
        if (m.probe == "version" && chosen(m).is_string()) spoken.insert(chosen(m));
    for (auto const& m : c.messages) {
        if (m.by_server || m.probe != "version") continue;
        auto const* said = answer_to(c, m);
        if (said == nullptr || code_of(*said).is_number()) continue;  // refused: it is allowed
        auto const wanted = asked_for(m);
        bool const known = wanted != "1999-01-01";
        f.expect(chosen(m).is_string() && (known || chosen(m) != wanted) &&
                     (chosen(m) == wanted || !spoken.contains(wanted)),
                 m.place, wanted + " is answered with " + as_text(chosen(m)));
    }
}

char const* capability_for(std::string const& method) {
    static std::map<std::string, char const*> const table{
        {"notifications/tools/list_changed", "tools"},
        {"notifications/prompts/list_changed", "prompts"},
        {"notifications/resources/list_changed", "resources"},
        {"notifications/resources/updated", "resources"},
        {"notifications/message", "logging"}};
    auto const found = table.find(method);
    return found == table.end() ? nullptr : found->second;
}

// An examination declares no capability of a client: nothing but ping may be asked.
void capabilities(conversation const& c, finding& f) {
    if (c.offered.is_null()) return;
    for (auto const& m : c.messages) {
        auto const method = as_text(member(m.value, "method"));
        if (!m.by_server || method.empty()) continue;
        if (is_request(m.value))
            f.expect(method == "ping", m.place, method + " is asked of a client that cannot");
        else if (auto const* needed = capability_for(method))
            f.expect(c.offered.contains(needed), m.place, method + " without " + needed);
    }
}

void pings(conversation const& c, finding& f) { expect_empty(c, f, "ping"); }

std::vector<mcp_message const*> calls_with_tokens(conversation const& c) {
    std::vector<mcp_message const*> calls;
    for (auto const& m : c.messages)
        if (!m.by_server && is_request(m.value) &&
            !member(member(member(m.value, "params"), "_meta"), "progressToken").is_null())
            calls.push_back(&m);
    return calls;
}

json token_of_call(mcp_message const& m) {
    return member(member(member(m.value, "params"), "_meta"), "progressToken");
}

bool is_progress(mcp_message const& m) {
    return m.by_server && member(m.value, "method") == "notifications/progress";
}

void tokens(conversation const& c, finding& f) {
    auto const calls = calls_with_tokens(c);
    for (auto const& m : c.messages) {
        if (!is_progress(m)) continue;
        auto const token = member(member(m.value, "params"), "progressToken");
        bool const known = std::any_of(calls.begin(), calls.end(), [&](auto const* call) {
            return call->scope == m.scope && token_of_call(*call) == token;
        });
        f.expect(known, m.place, "nobody has given the token " + token.dump());
    }
}

void increasing(conversation const& c, finding& f) {
    for (auto const* call : calls_with_tokens(c)) {
        json last;
        for (auto const& m : c.messages) {
            if (!is_progress(m) || m.scope != call->scope || m.probe == "resume") continue;
            auto const params = member(m.value, "params");
            if (member(params, "progressToken") != token_of_call(*call)) continue;
            auto const value = member(params, "progress");
            f.expect(value.is_number() && (last.is_null() || value > last), m.place,
                     value.dump() + " behind " + last.dump());
            last = value;
        }
    }
}

void progress_before_the_answer(conversation const& c, finding& f) {
    for (auto const* call : calls_with_tokens(c)) {
        auto const* answer = answer_to(c, *call);
        if (answer == nullptr || call->probe == "cut off" || call->probe == "to be duplicated")
            continue;
        // The token of a call that has become a task lives on with it.
        if (member(member(answer->value, "result"), "task").is_object()) continue;
        for (auto const& m : c.messages)
            if (is_progress(m) && m.scope == call->scope && m.probe != "resume" &&
                member(member(m.value, "params"), "progressToken") == token_of_call(*call))
                f.expect(&m < answer, m.place, "progress behind the answer");
    }
}

void cancelled(conversation const& c, finding& f) {
    auto const *call = sent_for(c, "cancelled"), *note = sent_for(c, "cancel");
    if (call == nullptr || note == nullptr) return;
    std::size_t more = 0;
    for (auto const& m : c.messages)
        if (is_progress(m) && &m > note && m.at > note->at + std::chrono::milliseconds(300) &&
            member(member(m.value, "params"), "progressToken") == token_of_call(*call))
            ++more;
    auto const* answer = answer_to(c, *call);
    bool const  answered = answer != nullptr && answer > note &&
                          answer->at > note->at + std::chrono::milliseconds(300);
    f.expect(more == 0 && !answered, call->place,
             std::to_string(more) + " notes of progress behind its cancelling" +
                 (answered ? ", and an answer" : ""));
}

void log_levels(conversation const& c, finding& f) {
    expect_empty(c, f, "set level");
    expect_code(c, f, "bad level", -32602);
}

void bad_cursor(conversation const& c, finding& f) { expect_code(c, f, "bad cursor", -32602); }

void unknown_tool(conversation const& c, finding& f) { expect_code(c, f, "unknown tool", -32602); }

void unknown_method(conversation const& c, finding& f) {
    expect_code(c, f, "unknown method", -32601);
}

// Who has not said listChanged does not tell of changes.
void list_changes(conversation const& c, finding& f) {
    if (c.offered.is_null()) return;
    for (auto const& m : c.messages) {
        auto const method = as_text(member(m.value, "method"));
        if (!m.by_server || !method.ends_with("/list_changed")) continue;
        auto const* kind = capability_for(method);
        if (kind == nullptr) continue;
        f.expect(member(member(c.offered, kind), "listChanged") == true, m.place,
                 method + " without listChanged");
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

char const* const a_client = "of a client; an examination has only our own";
char const* const both_sides = "needs both sides of a gateway";
char const* const cycle = "2025-11-25 basic/lifecycle";
char const* const progress = "2025-11-25 basic/utilities/progress";
char const* const cancelling = "2025-11-25 basic/utilities/cancellation";

mcp_rule const all[] = {
    {"L01", "C P", must, "initialize comes first, with version, capabilities and clientInfo", cycle,
     nullptr, a_client},
    {"L02", "S P", must, "the version asked for is taken, or another that is spoken", cycle,
     versions, nullptr},
    {"L03", "C P", should, "a client leaves whose version is not taken", cycle, nullptr, a_client},
    {"L04", "C P", must, "notifications/initialized comes before other requests", cycle, nullptr,
     a_client},
    {"L05", "C P", should, "nothing but ping before initialize is answered", cycle, nullptr,
     a_client},
    {"L06", "S P", should, "nothing but ping and logging before initialized", cycle, nullptr,
     "what is too early cannot be told from what an answer has overtaken"},
    {"L07", "C P", must, "initialize is not cancelled", cancelling, nullptr, a_client},
    {"L08", "C S P", must, "only what was declared is used", cycle, capabilities, nullptr},
    {"L09", "P", practice, "a gateway declares what the other side has", "gateways only", nullptr,
     both_sides},
    {"L10", "C S P", must, "ping is answered with {}", "2025-11-25 basic/utilities/ping", pings,
     nullptr},
    {"L11", "S C P", must, "progress has the token of a request, of its type", progress, tokens,
     nullptr},
    {"L12", "S C P", must, "progress increases", progress, increasing, nullptr},
    {"L13", "S C P", must, "no progress behind the answer", progress, progress_before_the_answer,
     nullptr},
    {"L14", "P", practice, "no progress is lost or passes its answer", "apple-photos-mcp#56",
     nullptr, "needs both sides; the standing check mcp-answers has it"},
    {"L15", "C P", must, "tokens in use are unique", progress, nullptr, a_client},
    {"L16", "C S P", must, "only what is in flight is cancelled", cancelling, nullptr, a_client},
    {"L17", "S P", should, "what is cancelled has no answer and no more progress", cancelling,
     cancelled, nullptr},
    {"L18", "C P", should, "a late answer is dropped", cancelling, nullptr, a_client},
    {"L19", "C S P", must, "a cancel that races with the answer does no harm", cancelling, nullptr,
     "a race is no examination; the scenarios of family cancel play it"},
    {"L20", "C P", should, "what takes too long is cancelled", cancelling, nullptr, a_client},
    {"L21", "S P", practice, "logging/setLevel: {}, and -32602 for a level that is none",
     "2025-11-25 server/utilities/logging", log_levels, nullptr},
    {"L22", "C P", must, "cursors go back unchanged", "2025-11-25 server/utilities/pagination",
     nullptr, a_client},
    {"L23", "S", should, "a cursor that is none: -32602", "2025-11-25 server/utilities/pagination",
     bad_cursor, nullptr},
    {"L24", "S P", should, "changes of lists are told by who has declared it",
     "2025-11-25 server/tools", list_changes, nullptr},
    {"L25", "S", must, "structured output is as its schema says", "2025-11-25 server/tools",
     nullptr, "no validator of JSON schemas is part of this program"},
    {"L26", "S", should, "a tool that is not there: -32602", "2025-11-25 server/tools",
     unknown_tool, nullptr},
    {"L27", "S", must, "tasks go by their states", "2025-11-25 basic/utilities/tasks", nullptr,
     "needs a tool that runs as a task"},
    {"L28", "S C P", must, "messages of a task name it", "2025-11-25 basic/utilities/tasks",
     nullptr, "needs a tool that runs as a task"},
    {"L29", "S", must, "sampling and elicitation only of who has declared them",
     "2025-11-25 client/elicitation", nullptr, "L08 has it: an examination declares neither"},
    {"L30", "P", practice, "what a server asks reaches who caused it", "conformance#407", nullptr,
     both_sides},
    {"L31", "P", practice, "what a server asks of who has gone is an error", "gateways only",
     nullptr, both_sides},
    {"X01", "S P", must, "a method that is not there: -32601", "JSON-RPC 2.0 section 5.1",
     unknown_method, nullptr},
};

}  // namespace

std::span<mcp_rule const> lifecycle() { return all; }

}  // namespace scenario::rules
