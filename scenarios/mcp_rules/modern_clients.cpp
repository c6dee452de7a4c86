#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <map>

#include "scenarios/mcp_judging.hpp"
#include "wire/mcp_modern.hpp"

// 8.6: since 2026-07-28, what a client says.
namespace scenario::rules {

namespace {

char const* const basic = "2026-07-28 basic";
char const* const http = "2026-07-28 basic/transports: Streamable HTTP";
char const* const patterns = "2026-07-28 basic/patterns";

json meta_of(json const& m) { return member(member(m, "params"), "_meta"); }

std::string decoded(std::string const& value) {
    auto const found = wire::mcp::from_header(value);
    return found ? *found : std::string("?");
}

void says_who(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || !m.modern || !is_request(m.value)) continue;
        auto const version = member(meta_of(m.value), wire::mcp::meta_version);
        f.expect(version.is_string() &&
                     member(meta_of(m.value), wire::mcp::meta_capabilities).is_object(),
                 m.place, "without version or capabilities");
        auto const* x = exchange_of(c, m);
        if (x != nullptr)
            f.expect(version == x->field("mcp-protocol-version"), m.place,
                     "the header says '" + x->field("mcp-protocol-version") + "'");
    }
}

void says_what(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        if (!x.modern || !x.is_request()) continue;
        f.expect(decoded(x.field("mcp-method")) == method_of(x.asked()), x.place(),
                 "Mcp-Method is '" + x.field("mcp-method") + "'");
        auto const name = wire::mcp::name_in(x.body);
        if (name && x.body.size() < mcp_tap::text_max)
            f.expect(decoded(x.field("mcp-name")) == *name, x.place(),
                     "Mcp-Name is '" + x.field("mcp-name") + "', not '" + *name + "'");
    }
}

// The schemas of the tools that a server has told of, by name.
std::map<std::string, json> schemas_of(conversation const& c) {
    std::map<std::string, json> all;
    for (auto const& m : c.messages)
        if (m.by_server)
            for (auto const& tool : member(member(m.value, "result"), "tools"))
                all[as_text(member(tool, "name"))] = member(tool, "inputSchema");
    return all;
}

void mirrors_parameters(conversation const& c, finding& f) {
    auto const schemas = schemas_of(c);
    for (auto const& x : c.exchanges) {
        if (!x.modern || method_of(x.asked()) != "tools/call") continue;
        auto const& params = member(x.asked(), "params");
        auto const  found = schemas.find(as_text(member(params, "name")));
        if (found == schemas.end()) continue;
        auto const marked = wire::mcp::mirrored_parameters(found->second);
        if (!marked) continue;
        for (auto const& [name, value] :
             wire::mcp::parameter_headers(*marked, member(params, "arguments")))
            f.expect(x.field(name.c_str()) == value, x.place(),
                     name + " is '" + x.field(name.c_str()) + "', not '" + value + "'");
    }
}

void sends_no_answers(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.modern && x.request.method == "POST")
            f.expect(!is_response(x.asked()), x.place(), "an answer is posted");
}

std::string known_by(json const& request) {
    auto const& params = member(request, "params");
    return method_of(request) + ' ' + member(params, "name").dump() + ' ' +
           member(params, "uri").dump();
}

// A retry says what it was given; who was given nothing says nothing.
void retries_with_the_state(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        auto const& params = member(m.value, "params");
        bool const  retry = params.is_object() &&
                           (params.contains("inputResponses") || params.contains("requestState"));
        if (m.by_server || !m.modern || !is_request(m.value) || !retry) continue;
        bool good = false, new_id = true;
        for (auto const& before : c.messages) {
            if (&before >= &m) break;
            if (before.by_server || !before.modern || known_by(before.value) != known_by(m.value))
                continue;
            auto const* said = answer_to(c, before);
            auto const  result = said ? member(said->value, "result") : json();
            if (said > &m || member(result, "resultType") != "input_required") continue;
            good = good || member(result, "requestState") == member(params, "requestState");
            // Over standard streams ids are of the whole connection.
            new_id = new_id && (m.stream != 0 || before.value["id"] != m.value["id"]);
        }
        f.expect(good, m.place, "the state is not the one that was given");
        f.expect(new_id, m.place, "the id is that of the try before");
    }
}

void asks_anew(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.modern)
            f.expect(x.request.method == "POST" && x.field("last-event-id").empty(), x.place(),
                     "it goes on with what is broken");
}

// Once it is known how a server is spoken to, the other way is not tried again.
void remembers_the_era(conversation const& c, finding& f) {
    std::size_t hellos = 0, probes = 0;
    bool        legacy = false, modern = false, troubled = false;
    for (auto const& x : c.exchanges) {
        auto const method = method_of(x.asked());
        troubled = troubled || !x.trouble.empty() || x.status == 0;
        hellos += method == "initialize";
        probes += x.modern && method == wire::mcp::discover_method;
    }
    for (auto const& m : c.messages) {
        auto const* said = m.by_server || !is_request(m.value) ? nullptr : answer_to(c, m);
        if (said == nullptr || !said->value.contains("result")) continue;
        modern = modern || m.modern;
        legacy = legacy || method_of(m.value) == "initialize";
    }
    if (troubled || modern == legacy || c.exchanges.empty()) return;
    auto const vain = modern ? hellos : probes;
    f.expect(vain <= 1, c.client + " -> " + c.server,
             "the other era is tried " + std::to_string(vain) + " times");
}

// A gateway's

void closing_passes_on(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const* front = exchange_of(*p.front, *p.asked);
        if (!p.asked->modern || front == nullptr || !front->left || p.answer != nullptr) continue;
        auto const  limit = front->over_at + p.front->slack;
        auto const* back = exchange_of(*p.behind, *p.back);
        if (p.back_answer != nullptr && p.back_answer->at <= limit) continue;
        if (back != nullptr && back->over && back->over_at <= limit) continue;
        auto const* note = cancel_of(*p.behind, *p.back);
        bool const  closed = back != nullptr && back->left && back->over_at <= limit;
        bool const  said = note != nullptr && note->at <= limit;
        // Over HTTP a server that has nothing to say does not see the end before it says it.
        if (back != nullptr && p.back->modern && !back->left && !back->over) continue;
        f.expect(closed || said, p.asked->place,
                 "its client has closed, and its server is not told");
    }
}

void all_metadata_passes(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        if (!p.asked->modern || !p.back->modern) continue;
        auto const &asked = meta_of(p.asked->value), &passed = meta_of(p.back->value);
        if (asked.is_object())
            for (auto const& [key, value] : asked.items())
                if (!key.starts_with("io.modelcontextprotocol/") && key != "progressToken")
                    f.expect(member(passed, key.c_str()) == value, p.back->place,
                             "_meta has lost " + key);
        auto const *front = exchange_of(*p.front, *p.asked),
                   *back = exchange_of(*p.behind, *p.back);
        if (front == nullptr || back == nullptr) continue;
        for (auto const& [name, value] : front->request.fields)
            if (boost::beast::iequals(name.substr(0, 10), "mcp-param-"))
                f.expect(back->field(name.c_str()) == value, p.back->place, "without its " + name);
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;

mcp_rule const all[] = {
    {"N01",
     "C P",
     must,
     "a request says version and capabilities, and the header again",
     basic,
     {.client = says_who, .relayed = true}},
    {"N02",
     "C P",
     must,
     "Mcp-Method and Mcp-Name are right",
     http,
     {.client = says_what, .relayed = true}},
    {"N03",
     "C P",
     must,
     "Mcp-Param-* are as the schema says",
     http,
     {.client = mirrors_parameters}},
    {"N07", "C P", must, "a client sends no answers", http, {.client = sends_no_answers}},
    {"N10",
     "C P",
     must,
     "a retry has a new id and the same state",
     patterns,
     {.client = retries_with_the_state, .relayed = true}},
    {"N12",
     "S P",
     must,
     "who closes has cancelled",
     "2026-07-28 basic/patterns/cancellation",
     {.gateway = closing_passes_on, .timed = true},
     "whether work has stopped cannot be seen from outside"},
    {"N13", "C P", must, "a broken request is asked anew", http, {.client = asks_anew}},
    {"N18",
     "P",
     must,
     "unknown parameters and metadata pass",
     "gateways only",
     {.gateway = all_metadata_passes}},
    {"N19",
     "C P",
     should,
     "the era of a server is remembered",
     basic,
     {.client = remembers_the_era}},
};

}  // namespace

std::span<mcp_rule const> modern_clients() { return all; }

}  // namespace scenario::rules
