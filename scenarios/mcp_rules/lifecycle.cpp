#include <algorithm>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"
#include "wire/mcp_modern.hpp"

// 8.4: the life of a session, and what is agreed upon there.
namespace scenario::rules {

namespace {

char const* const cycle = "2025-11-25 basic/lifecycle";
char const* const cancelling = "2025-11-25 basic/utilities/cancellation";

bool is_spoken(std::string const& revision) {
    static std::set<std::string> const all{"2024-10-07", "2024-11-05", "2025-03-26", "2025-06-18",
                                           "2025-11-25"};
    return all.contains(revision);
}

// A client's side

void initialize_first(conversation const& c, finding& f) {
    std::set<std::uint64_t> begun;
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern || !begun.insert(m.scope).second) continue;
        auto const& params = member(m.value, "params");
        bool const  hello = method_of(m.value) == "initialize";
        bool const  probes = method_of(m.value) == wire::mcp::discover_method;
        if (probes) {
            begun.erase(m.scope);
            continue;
        }
        f.expect(hello, m.place, "a session begins with " + method_of(m.value));
        if (!hello) continue;
        f.expect(member(params, "protocolVersion").is_string() &&
                     member(params, "capabilities").is_object() &&
                     member(member(params, "clientInfo"), "name").is_string() &&
                     member(member(params, "clientInfo"), "version").is_string(),
                 m.place, "without protocolVersion, capabilities or clientInfo");
    }
}

void leaves_the_unknown(conversation const& c, finding& f) {
    for (auto const& [scope, a] : agreements(c)) {
        if (a.welcome == nullptr || a.revision.empty() || is_spoken(a.revision)) continue;
        auto const asked = as_text(member(member(a.hello->value, "params"), "protocolVersion"));
        if (asked == a.revision) continue;
        std::string more;
        for (auto const& m : c.messages)
            if (!m.by_server && m.scope == scope && &m > a.welcome && is_request(m.value))
                more = method_of(m.value);
        f.expect(more.empty(), a.hello->place, more + " is asked of a server of " + a.revision);
    }
}

void initialized_before_others(conversation const& c, finding& f) {
    for (auto const& [scope, a] : agreements(c)) {
        if (a.welcome == nullptr) continue;
        bool ready = false;
        for (auto const& m : c.messages) {
            if (m.by_server || m.scope != scope || &m <= a.hello) continue;
            ready = ready || method_of(m.value) == "notifications/initialized";
            if (is_request(m.value) && method_of(m.value) != "ping")
                f.expect(ready, m.place, "it comes before notifications/initialized");
        }
    }
}

void only_ping_before_the_answer(conversation const& c, finding& f) {
    for (auto const& [scope, a] : agreements(c)) {
        auto const* answer = answer_to(c, *a.hello);
        for (auto const& m : c.messages) {
            if (m.by_server || m.scope != scope || &m <= a.hello) continue;
            if (answer != nullptr && &m > answer) break;
            bool const gives_up = method_of(m.value) == "notifications/cancelled";  // L07 has it
            if (!gives_up)
                f.expect(method_of(m.value) == "ping" || is_response(m.value), m.place,
                         "it comes before initialize is answered");
        }
        if (answer != nullptr) f.expect(true, a.hello->place, {});
    }
}

void initialize_stays(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (!m.by_server && method_of(m.value) == "initialize")
            f.expect(cancel_of(c, m) == nullptr, m.place, "it is cancelled");
}

// A server's side

void versions(conversation const& c, finding& f) {
    std::set<std::string> spoken;
    auto const            chosen = [&](mcp_message const& m) {
        auto const* said = answer_to(c, m);
        return said ? member(member(said->value, "result"), "protocolVersion") : json();
    };
    for (auto const& m : c.messages)
        if (m.probe == "version" && chosen(m).is_string()) spoken.insert(chosen(m));
    for (auto const& m : c.messages) {
        if (m.by_server || m.probe != "version") continue;
        auto const* said = answer_to(c, m);
        if (said == nullptr || code_of(*said).is_number()) continue;  // refused: it is allowed
        auto const wanted = as_text(member(member(m.value, "params"), "protocolVersion"));
        // Behind a gateway it is its server who chooses.
        bool const chose_well = chosen(m) == wanted || !spoken.contains(wanted) || c.is_traced();
        f.expect(chosen(m).is_string() && (is_spoken(wanted) || chosen(m) != wanted) && chose_well,
                 m.place, wanted + " is answered with " + as_text(chosen(m)));
    }
}

void quiet_before_initialized(conversation const& c, finding& f) {
    for (auto const& [scope, a] : agreements(c)) {
        if (a.welcome == nullptr) continue;
        for (auto const& m : c.messages) {
            if (!m.by_server || m.scope != scope || is_response(m.value)) continue;
            if (a.ready != nullptr && &m > a.ready) break;
            auto const method = method_of(m.value);
            f.expect(method == "ping" || method == "notifications/message", m.place,
                     method + " comes before notifications/initialized");
        }
        if (a.ready != nullptr) f.expect(true, a.ready->place, {});
    }
}

// What a message needs to have been declared, by the other side or by who says it.
struct need {
    char const* capability = nullptr;
    char const* inner = nullptr;
};

need of_server_for(std::string const& method) {
    static std::map<std::string, need> const table{
        {"tools/list", {"tools"}},
        {"tools/call", {"tools"}},
        {"prompts/list", {"prompts"}},
        {"prompts/get", {"prompts"}},
        {"resources/list", {"resources"}},
        {"resources/read", {"resources"}},
        {"resources/templates/list", {"resources"}},
        {"resources/subscribe", {"resources", "subscribe"}},
        {"resources/unsubscribe", {"resources", "subscribe"}},
        {"logging/setLevel", {"logging"}},
        {"tasks/list", {"tasks", "list"}},
        {"tasks/cancel", {"tasks", "cancel"}},
        {"notifications/tools/list_changed", {"tools"}},
        {"notifications/prompts/list_changed", {"prompts"}},
        {"notifications/resources/list_changed", {"resources"}},
        {"notifications/resources/updated", {"resources"}},
        {"notifications/message", {"logging"}}};
    auto const found = table.find(method);
    return found == table.end() ? need{} : found->second;
}

need of_client_for(std::string const& method) {
    static std::map<std::string, need> const table{
        {"sampling/createMessage", {"sampling"}},
        {"elicitation/create", {"elicitation"}},
        {"roots/list", {"roots"}},
        {"notifications/roots/list_changed", {"roots", "listChanged"}}};
    auto const found = table.find(method);
    return found == table.end() ? need{} : found->second;
}

bool is_met(need n, json const& capabilities) {
    auto const& one = member(capabilities, n.capability);
    if (!one.is_object()) return false;
    return n.inner == nullptr || (!member(one, n.inner).is_null() && member(one, n.inner) != false);
}

std::string told(need n) {
    return std::string(n.capability) + (n.inner ? std::string(".") + n.inner : "");
}

template <bool server>
void capabilities(conversation const& c, finding& f) {
    auto const all = agreements(c);
    for (auto const& m : c.messages) {
        auto const a = all.find(m.scope);
        auto const method = method_of(m.value);
        if (m.by_server != server || m.modern || method.empty()) continue;
        if (a == all.end() || a->second.welcome == nullptr || &m < a->second.welcome) continue;
        if (m.probe == "bad cursor" || m.probe == "unknown tool") continue;
        if (auto const n = of_server_for(method); n.capability != nullptr)
            f.expect(is_met(n, a->second.offered), m.place, method + " without " + told(n));
        if (auto const n = of_client_for(method); n.capability != nullptr)
            f.expect(is_met(n, a->second.declared), m.place,
                     server ? method + " is asked of a client that cannot"
                            : method + " without " + told(n));
    }
}

// Sampling and elicitation, in the mode that was declared.
bool may_be_asked(json const& question, json const& declared) {
    auto const  method = method_of(question);
    auto const& params = member(question, "params");
    if (method == "sampling/createMessage") {
        auto const& can = member(declared, "sampling");
        return can.is_object() && (!params.is_object() || !params.contains("tools") ||
                                   member(can, "tools").is_object());
    }
    auto const& can = member(declared, "elicitation");
    if (!can.is_object()) return false;
    bool const url = member(params, "mode") == "url";
    return url ? member(can, "url").is_object() : can.empty() || member(can, "form").is_object();
}

bool asks_a_person(json const& m) {
    auto const method = method_of(m);
    return is_request(m) && (method == "sampling/createMessage" || method == "elicitation/create");
}

void asks_who_can(conversation const& c, finding& f) {
    auto const all = agreements(c);
    for (auto const& m : c.messages) {
        auto const a = all.find(m.scope);
        if (!m.by_server || m.modern || a == all.end() || !asks_a_person(m.value)) continue;
        f.expect(may_be_asked(m.value, a->second.declared), m.place,
                 method_of(m.value) + " is asked of a client that has not declared it");
    }
}

void refuses_what_it_cannot(conversation const& c, finding& f) {
    auto const all = agreements(c);
    for (auto const& m : c.messages) {
        auto const a = all.find(m.scope);
        if (!m.by_server || m.modern || a == all.end() || !asks_a_person(m.value)) continue;
        auto const* said = answer_to(c, m);
        if (may_be_asked(m.value, a->second.declared) || said == nullptr) continue;
        f.expect(said->value.contains("error"), said->place,
                 method_of(m.value) + " was not declared, and is answered");
    }
}

// A gateway's

void add_names(json const& capabilities, std::set<std::string>& names) {
    if (!capabilities.is_object()) return;
    for (auto const& [name, what] : capabilities.items())
        if (name != "experimental" && name != "extensions") names.insert(name);
}

void offers_what_is_there(mcp_view const& view, finding& f) {
    std::set<std::string> theirs, clients;
    bool                  heard = false;
    for (auto const& c : view.backs) {
        for (auto const& [scope, a] : agreements(c)) {
            heard = heard || a.welcome != nullptr;
            add_names(a.offered, theirs);
        }
        for (auto const& m : c.messages) {
            auto const& found = member(member(m.value, "result"), "capabilities");
            heard = heard || found.is_object();
            add_names(found, theirs);
            if (m.modern) theirs.insert("logging");  // a gateway says it for each request
        }
    }
    for (auto const& c : view.fronts) {
        for (auto const& [scope, a] : agreements(c)) {
            add_names(a.declared, clients);
            if (!heard) continue;
            std::set<std::string> ours;
            add_names(a.offered, ours);
            for (auto const& name : ours)
                f.expect(theirs.contains(name), a.hello->place, "no server of it has " + name);
        }
        for (auto const& m : c.messages)
            add_names(
                member(member(member(m.value, "params"), "_meta"), wire::mcp::meta_capabilities),
                clients);
    }
    for (auto const& c : view.backs)
        for (auto const& [scope, a] : agreements(c)) {
            std::set<std::string> ours;
            add_names(a.declared, ours);
            for (auto const& name : ours)
                f.expect(clients.contains(name), a.hello->place, "no client of it has " + name);
        }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"L01",
     "C P",
     must,
     "initialize comes first, with version, capabilities and clientInfo",
     cycle,
     {.client = initialize_first}},
    {"L02",
     "S P",
     must,
     "the version asked for is taken, or another that is spoken",
     cycle,
     {.server = versions, .relayed = true}},
    {"L03",
     "C P",
     should,
     "a client leaves whose version is not taken",
     cycle,
     {.client = leaves_the_unknown}},
    {"L04",
     "C P",
     must,
     "notifications/initialized comes before other requests",
     cycle,
     {.client = initialized_before_others}},
    {"L05",
     "C P",
     should,
     "nothing but ping before initialize is answered",
     cycle,
     {.client = only_ping_before_the_answer}},
    {"L06",
     "S P",
     should,
     "nothing but ping and logging before initialized",
     cycle,
     {.server = quiet_before_initialized, .relayed = true}},
    {"L07", "C P", must, "initialize is not cancelled", cancelling, {.client = initialize_stays}},
    {"L08",
     "C S P",
     must,
     "only what was declared is used",
     cycle,
     {.server = capabilities<true>, .client = capabilities<false>, .relayed = true}},
    {"L09",
     "P",
     practice,
     "a gateway declares what the other side has",
     "gateways only",
     {.gateway = offers_what_is_there}},
    {"L29",
     "S C P",
     must,
     "sampling and elicitation only of who has declared them, in that mode",
     "2025-11-25 client/elicitation",
     {.server = asks_who_can, .client = refuses_what_it_cannot}},
};

}  // namespace

std::span<mcp_rule const> lifecycle() { return all; }

}  // namespace scenario::rules
