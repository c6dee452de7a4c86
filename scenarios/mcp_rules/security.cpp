#include <algorithm>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.7: security.
namespace scenario::rules {

namespace {

char const* const warning = "2025-11-25 basic/transports: Security Warning";
char const* const authorization = "2025-11-25 basic/authorization";

void foreign_origin(conversation const& c, finding& f) {
    expect_status(c, f, "foreign Origin", 403);
}

void foreign_host(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "foreign Host"))
        f.expect(x->status >= 400 && x->status < 500, x->place(),
                 "status " + std::to_string(x->status));
}

// 127.0.0.2 is this machine too, and reached only by who listens everywhere.
void loopback_only(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "another address"))
        f.expect(x->status == 0, x->place(), "it listens on all addresses");
}

void says_where_to_be_authorized(conversation const& c, finding& f) {
    bool const told = std::ranges::any_of(exchanges_for(c, "protected resource"),
                                          [](auto const* x) { return x->status == 200; });
    for (auto const& x : c.exchanges)
        if (x.status == 401)
            f.expect(told || !x.header("www-authenticate").empty(), x.place(),
                     "neither WWW-Authenticate nor a document says where");
}

void one_principal(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "another principal"))
        f.expect(x->status == 401 || x->status == 403 || x->status == 404, x->place(),
                 status_of(*x) + " for a session of somebody else");
}

void clean_limits(conversation const& c, finding& f) {
    for (char const* probe : {"deep JSON", "large header", "large"})
        for (auto const* x : exchanges_for(c, probe))
            f.expect(x->status > 0 && x->status < 500, x->place(), status_of(*x));
    if (!c.is_traced()) return;
    for (auto const& x : c.exchanges)
        if (x.status == 413 || x.status == 429 || x.status == 431 || x.status >= 500)
            f.expect(x.status < 500 || x.status == 503, x.place(), status_of(x));
}

void token_in_every_request(conversation const& c, finding& f) {
    bool const given = std::ranges::any_of(
        c.exchanges, [](auto const& x) { return !x.field("authorization").empty(); });
    for (auto const& x : c.exchanges) {
        if (given) f.expect(!x.field("authorization").empty(), x.place(), "without its token");
        f.expect(x.request.target.find("secret-") == std::string::npos, x.place(),
                 "a token is in the URL");
    }
}

// The tap tells a name for each secret, the same on both sides.
std::string secret_in(std::string const& value) {
    auto const at = value.find("secret-");
    return at == value.npos ? std::string() : value.substr(at);
}

void tokens_stay(mcp_view const& view, finding& f) {
    std::set<std::string> theirs;
    for (auto const& c : view.fronts)
        for (auto const& x : c.exchanges)
            for (auto const& [name, value] : x.request.fields) theirs.insert(secret_in(value));
    theirs.erase("");
    for (auto const& c : view.backs)
        for (auto const& x : c.exchanges)
            for (auto const& [name, value] : x.request.fields)
                if (!secret_in(value).empty() || !theirs.empty())
                    f.expect(!theirs.contains(secret_in(value)), x.place(),
                             "the client's own token goes to the server, in " + name);
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"S01", "S P", must, "a foreign Origin: 403", warning, {.server = foreign_origin}},
    {"S02",
     "S P",
     practice,
     "a foreign Host on loopback: 4xx",
     "the SDKs",
     {.server = foreign_host}},
    {"S03",
     "S P",
     should,
     "a local server listens on loopback only",
     warning,
     {.server = loopback_only},
     nullptr,
     "the gateway of a scenario listens where it is told to"},
    {"S04",
     "S P",
     must,
     "401 says where to be authorized",
     authorization,
     {.server = says_where_to_be_authorized}},
    {"S05",
     "C P",
     must,
     "the token is in every request, and in no URL",
     authorization,
     {.client = token_in_every_request}},
    {"S06",
     "P",
     must,
     "a client's token does not go to servers",
     authorization,
     {.gateway = tokens_stay}},
    {"S07",
     "S P",
     must,
     "a session is of one principal",
     "security best practices",
     {.server = one_principal},
     "needs two principals, of which an examination has one"},
    {"S08",
     "S P",
     practice,
     "what is too much has a clean status",
     "the SDKs",
     {.server = clean_limits}},
    {"S09",
     "S P",
     practice,
     "idle sessions end",
     "mcp-go#723",
     {},
     "takes longer than an examination may",
     "an end that nobody asked for is not seen; the scenario idle_session_is_ended plays it"},
    {"S10",
     "P",
     practice,
     "traces have no secrets",
     "gateways only",
     {},
     nullptr,
     "it is the trace itself: tests/scenarios/mcp_tap_test.cpp looks for them"},
};

}  // namespace

std::span<mcp_rule const> security() { return all; }

}  // namespace scenario::rules
