#include <algorithm>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

// 8.6: since 2026-07-28, what a server says.
namespace scenario::rules {

namespace {

char const* const basic = "2026-07-28 basic";
char const* const http = "2026-07-28 basic/transports: Streamable HTTP";
char const* const patterns = "2026-07-28 basic/patterns";

json meta_of(json const& m) { return member(member(m, "params"), "_meta"); }

json answer_in(mcp_exchange const& x) {
    if (!x.streams()) return wire::read_json(x.answer);
    json last;
    for (auto const& e : x.events)
        if (is_response(e.said())) last = e.said();
    return last;
}

void refusals(conversation const& c, finding& f) {
    struct row {
        char const* probe;
        unsigned    status;
        int         code;
    };
    constexpr row rows[] = {{"modern: no _meta", 400, -32602},
                            {"modern: headers differ", 400, wire::mcp::header_mismatch},
                            {"modern: unknown version", 400, wire::mcp::version_unsupported},
                            {"modern: unknown method", 404, -32601}};
    for (auto const& [probe, status, code] : rows)
        for (auto const* x : exchanges_for(c, probe)) {
            auto const said = answer_in(*x);
            auto const told = member(member(said, "error"), "code");
            f.expect(x->status == status && told == code, x->place(),
                     "status " + std::to_string(x->status) + " and code " + told.dump() +
                         " instead of " + std::to_string(status) + " and " + std::to_string(code));
            f.expect(member(said, "id") == member(x->asked(), "id"), x->place(), "without its id");
        }
    for (auto const& m : c.messages)  // over standard streams there is no status
        for (auto const& row : rows) {
            if (m.by_server || m.stream != 0 || m.probe != row.probe) continue;
            auto const* said = answer_to(c, m);
            auto const  told = said ? code_of(*said) : json();
            f.expect(told == row.code, m.place,
                     told_code(told) + " instead of " + std::to_string(row.code));
        }
    for (auto const* x : exchanges_for(c, "modern: unknown version"))
        f.expect(member(member(member(answer_in(*x), "error"), "data"), "supported").is_array(),
                 x->place(), "the error does not name what is supported");
    for (auto const& x : c.exchanges) {
        auto const told = x.modern && x.is_request() ? member(answer_in(x), "error") : json();
        if (member(told, "code") == wire::mcp::capability_missing)
            f.expect(
                x.status == 400 && member(member(told, "data"), "requiredCapabilities").is_object(),
                x.place(), "a capability is missing, and the error does not name it");
    }
}

void discovery(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "modern: discover")) {
        auto const result = member(answer_in(*x), "result");
        if (c.is_traced() && (x->left || !x->trouble.empty())) continue;
        f.expect(member(result, "supportedVersions").is_array() &&
                     member(result, "capabilities").is_object(),
                 x->place(), "without supportedVersions and capabilities");
    }
    for (auto const& m : c.messages) {
        if (m.by_server || m.stream != 0 || m.probe != "modern: discover") continue;
        auto const* said = answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        f.expect(member(result, "supportedVersions").is_array() &&
                     member(result, "capabilities").is_object(),
                 m.place, "without supportedVersions and capabilities");
    }
}

void no_sessions(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.modern && x.request.method == "POST")
            f.expect(x.header("mcp-session-id").empty(), x.place(), "a session id is given");
    expect_status(c, f, "modern: other verb", 405);
    for (auto const& m : c.messages)
        if (m.modern && m.by_server)
            f.expect(!is_request(m.value), m.place, "the server asks its client");
}

void results(conversation const& c, finding& f) {
    std::map<std::string, std::string> scopes;
    for (auto const& m : c.messages) {
        auto const* said = m.by_server || !m.modern ? nullptr : answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        auto const  method = method_of(m.value);
        if (!result.is_object()) continue;
        f.expect(member(result, "resultType").is_string(), said->place, "without resultType");
        if (!wire::mcp::is_cacheable(method) || member(result, "resultType") == "input_required")
            continue;
        auto const scope = member(result, "cacheScope");
        f.expect(member(result, "ttlMs").is_number_integer() && member(result, "ttlMs") >= 0 &&
                     (scope == "public" || scope == "private"),
                 said->place, "without ttlMs and cacheScope");
        if (!method.ends_with("/list") || !member(m.value, "params").contains("cursor")) {
            scopes[method] = as_text(scope);
            continue;
        }
        if (scopes.contains(method))
            f.expect(scopes[method] == as_text(scope), said->place,
                     "a page is " + as_text(scope) + ", the first was " + scopes[method]);
    }
}

char const* capability_for(std::string const& method) {
    if (method == "sampling/createMessage") return "sampling";
    if (method == "elicitation/create") return "elicitation";
    return method == "roots/list" ? "roots" : nullptr;
}

void asks_for_input(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        auto const* said = m.by_server || !m.modern ? nullptr : answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        auto const  method = method_of(m.value);
        if (member(result, "resultType") != "input_required") continue;
        bool const may =
            method == "tools/call" || method == "prompts/get" || method == "resources/read";
        f.expect(may, said->place, method + " is answered with input_required");
        f.expect(member(result, "inputRequests").is_object() ||
                     member(result, "requestState").is_string(),
                 said->place, "input_required, and neither questions nor a state");
        for (auto const& question : member(result, "inputRequests")) {
            auto const* needed = capability_for(method_of(question));
            auto const  can = member(meta_of(m.value), wire::mcp::meta_capabilities);
            f.expect(needed != nullptr && member(can, needed).is_object(), said->place,
                     method_of(question) + " is asked of a client that has not declared it");
        }
    }
}

// A state that this server has not given out.
void changed_states(conversation const& c, finding& f) {
    std::set<std::string> given;
    for (auto const& m : c.messages) {
        auto const mine = member(member(m.value, "result"), "requestState");
        if (m.by_server && mine.is_string()) given.insert(mine);
        auto const state = member(member(m.value, "params"), "requestState");
        if (m.by_server || !m.modern || !state.is_string() || given.contains(as_text(state)))
            continue;
        auto const* said = answer_to(c, m);
        if (said == nullptr) continue;
        f.expect(said->value.contains("error") ||
                     member(member(said->value, "result"), "resultType") == "input_required",
                 said->place, "a state that was never given out is taken");
    }
}

void asked_for_logs(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (!x.modern || !x.is_request()) continue;
        bool const wanted = member(meta_of(x.asked()), wire::mcp::meta_log_level).is_string() &&
                            method_of(x.asked()) != wire::mcp::listen_method;
        bool const logs = std::ranges::any_of(
            x.events, [](auto const& e) { return method_of(e.said()) == "notifications/message"; });
        if (logs || x.streams())
            f.expect(wanted || !logs, x.place(), "a log message that nobody has asked for");
    }
}

// "toolsListChanged" for notifications/tools/list_changed.
char const* filter_for(std::string const& method) {
    if (method == "notifications/tools/list_changed") return "toolsListChanged";
    if (method == "notifications/prompts/list_changed") return "promptsListChanged";
    if (method == "notifications/resources/list_changed") return "resourcesListChanged";
    return method == "notifications/resources/updated" ? "resourceSubscriptions" : nullptr;
}

void subscriptions(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (!x.modern || method_of(x.asked()) != wire::mcp::listen_method || !x.streams()) continue;
        auto const wanted = member(member(x.asked(), "params"), "notifications");
        bool       first = true;
        for (auto const& e : x.events) {
            auto const method = method_of(e.said());
            if (method.empty()) continue;
            if (first)
                f.expect(method == "notifications/subscriptions/acknowledged", x.place(),
                         "it does not begin with what it tells, but with " + method);
            first = false;
            f.expect(member(meta_of(e.said()), wire::mcp::meta_subscription) == x.asked()["id"],
                     x.place(), method + " of another subscription");
            auto const* kind = filter_for(method);
            if (kind != nullptr)
                f.expect(!member(wanted, kind).is_null() && member(wanted, kind) != false,
                         x.place(), method + " was not asked for");
        }
    }
}

void graceful_ends(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.modern && x.over && x.trouble.empty() && x.streams() &&
            method_of(x.asked()) == wire::mcp::listen_method)
            f.expect(answers(x, x.asked()), x.place(), "it ends without its answer");
}

void modern_alone(conversation const& c, finding& f) {
    bool modern = false;
    for (auto const* x : exchanges_for(c, "modern: discover"))
        modern = modern || member(answer_in(*x), "result").is_object();
    if (!modern) return;
    for (auto const& [scope, a] : agreements(c)) {
        if (a.welcome != nullptr) return;
        auto const* said = answer_to(c, *a.hello);
        auto const  error = said ? member(said->value, "error") : json();
        f.expect(member(member(error, "data"), "supported").is_array() ||
                     as_text(member(error, "message")).find("2026-") != std::string::npos,
                 a.hello->place, "its refusal does not name the versions that it speaks");
    }
}

// A gateway that gives an id of its own to a server has the client's in all that it says.
void ids_everywhere(mcp_view const& view, finding& f) {
    for (auto const& c : view.fronts)
        for (auto const& x : c.exchanges) {
            if (!x.modern || !x.is_request()) continue;
            for (auto const& e : x.events) {
                auto const token = token_told(e.said());
                auto const mark = member(meta_of(e.said()), wire::mcp::meta_subscription);
                if (!token.is_null())
                    f.expect(token == token_given(x.asked()), x.place(),
                             "the token " + token.dump() + " is not this client's");
                if (!mark.is_null())
                    f.expect(mark == x.asked()["id"], x.place(),
                             "the subscription " + mark.dump() + " is not this client's");
            }
        }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;

mcp_rule const all[] = {
    {"N04",
     "S P",
     must,
     "what is wrong with metadata, headers or method is said with status and code",
     http,
     {.server = refusals}},
    {"N05",
     "S P",
     must,
     "server/discover is there",
     "2026-07-28 server/discover",
     {.server = discovery}},
    {"N06",
     "S P",
     must,
     "no session is begun, and the server asks nobody",
     http,
     {.server = no_sessions}},
    {"N08",
     "S P",
     must,
     "results have a type, and those of lists say how long they hold",
     basic,
     {.server = results, .relayed = true}},
    {"N09",
     "S P",
     must,
     "input_required where it may be, for what was declared",
     patterns,
     {.server = asks_for_input, .relayed = true}},
    {"N11",
     "S P",
     must,
     "a changed state is refused",
     patterns,
     {.server = changed_states, .relayed = true}},
    {"N14",
     "S P",
     must,
     "no log messages that nobody has asked for",
     basic,
     {.server = asked_for_logs, .relayed = true}},
    {"N15",
     "S P",
     must,
     "a subscription begins with what it tells, and marks it",
     basic,
     {.server = subscriptions}},
    {"N16",
     "S P",
     should,
     "a graceful end is an answer",
     basic,
     {.server = graceful_ends, .relayed = true},
     "an examination ends no server"},
    {"N17",
     "P",
     must,
     "ids that are changed are changed everywhere",
     "gateways only",
     {.gateway = ids_everywhere}},
    {"N20",
     "S",
     should,
     "a server of this era alone says so to initialize",
     basic,
     {.server = modern_alone}},
    {"N21",
     "C",
     must,
     "no schema is fetched",
     basic,
     {},
     nullptr,
     "who fetches what is not seen here; the official suite has a canary for it"},
};

}  // namespace

std::span<mcp_rule const> modern() { return all; }

}  // namespace scenario::rules
