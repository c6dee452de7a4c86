#include <algorithm>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp_modern.hpp"

// 8.6: since 2026-07-28.
namespace scenario::rules {

namespace {

using json = nlohmann::json;
using conversation = mcp_conversation;
using finding = mcp_finding;

json answer_in(mcp_exchange const& x) {
    if (!x.streams()) return wire::read_json(x.answer);
    json last;
    for (auto const& e : x.events)
        if (auto const said = wire::read_json(e.data); is_response(said)) last = said;
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
            auto const asked = wire::read_json(x->body);
            f.expect(member(said, "id") == member(asked, "id"), x->place(), "without its id");
        }
    for (auto const* x : exchanges_for(c, "modern: unknown version"))
        f.expect(member(member(member(answer_in(*x), "error"), "data"), "supported").is_array(),
                 x->place(), "the error does not name what is supported");
}

void discovery(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "modern: discover")) {
        auto const result = member(answer_in(*x), "result");
        f.expect(member(result, "supportedVersions").is_array() &&
                     member(result, "capabilities").is_object(),
                 x->place(), "without supportedVersions and capabilities");
    }
}

void no_sessions(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        if (x.modern && x.request.method == "POST")
            f.expect(runtime::find_field(x.fields, "mcp-session-id") == nullptr, x.place(),
                     "a session id is given");
    for (auto const* x : exchanges_for(c, "modern: other verb"))
        f.expect(x->status == 405, x->place(), "status " + std::to_string(x->status));
    for (auto const& m : c.messages)
        if (m.modern && m.by_server)
            f.expect(!is_request(m.value), m.place, "the server asks its client");
}

void results(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        auto const* said = m.by_server || !m.modern ? nullptr : answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        if (!result.is_object()) continue;
        f.expect(member(result, "resultType").is_string(), said->place, "without resultType");
        if (!wire::mcp::is_cacheable(member(m.value, "method").get<std::string>())) continue;
        auto const scope = member(result, "cacheScope");
        f.expect(member(result, "ttlMs").is_number_integer() &&
                     (scope == "public" || scope == "private"),
                 said->place, "without ttlMs and cacheScope");
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;

char const* const a_client = "of a client; an examination has only our own";
char const* const both_sides = "needs both sides of a gateway";
char const* const basic = "2026-07-28 basic";
char const* const http = "2026-07-28 basic/transports: Streamable HTTP";

mcp_rule const all[] = {
    {"N01", "C P", must, "a request says version and capabilities, and the header again", basic,
     nullptr, a_client},
    {"N02", "C P", must, "Mcp-Method and Mcp-Name are right", http, nullptr, a_client},
    {"N03", "C P", must, "Mcp-Param-* are as the schema says", http, nullptr, a_client},
    {"N04", "S P", must,
     "what is wrong with metadata, headers or method is said with status and code", http, refusals,
     nullptr},
    {"N05", "S P", must, "server/discover is there", "2026-07-28 server/discover", discovery,
     nullptr},
    {"N06", "S P", must, "no session is begun, and the server asks nobody", http, no_sessions,
     nullptr},
    {"N07", "C P", must, "a client sends no answers", http, nullptr, a_client},
    {"N08", "S P", must, "results have a type, and those of lists say how long they hold", basic,
     results, nullptr},
    {"N09", "S P", must, "input_required where it may be", "2026-07-28 basic/patterns", nullptr,
     "needs a tool that asks back"},
    {"N10", "C P", must, "a retry has a new id and the same state", "2026-07-28 basic/patterns",
     nullptr, a_client},
    {"N11", "S", must, "a changed state is refused", "2026-07-28 basic/patterns", nullptr,
     "needs a tool that asks back"},
    {"N12", "S P", must, "who closes has cancelled", "2026-07-28 basic/patterns/cancellation",
     nullptr, "whether work has stopped cannot be seen from outside"},
    {"N13", "C P", must, "a broken request is asked anew", http, nullptr, a_client},
    {"N14", "S P", must, "no log messages that nobody has asked for", basic, nullptr,
     "needs a tool that logs"},
    {"N15", "S P", must, "a subscription begins with what it tells, and marks it", basic, nullptr,
     "the standing check mcp-answers has it, for the gateway"},
    {"N16", "S P", should, "a graceful end is an answer", basic, nullptr,
     "an examination ends no server"},
    {"N17", "P", must, "ids that are changed are changed everywhere", "gateways only", nullptr,
     both_sides},
    {"N18", "P", must, "unknown parameters and metadata pass", "gateways only", nullptr,
     both_sides},
    {"N19", "C P", should, "the era of a server is remembered", basic, nullptr, a_client},
    {"N20", "S", should, "a server of this era alone says so to initialize", basic, nullptr,
     "whether it is alone in this era shows only in the answer that is to be judged"},
    {"N21", "C", must, "no schema is fetched", basic, nullptr, a_client},
};

}  // namespace

std::span<mcp_rule const> modern() { return all; }

}  // namespace scenario::rules
