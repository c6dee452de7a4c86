#include "scenarios/mcp_rules.hpp"

// 8.7: security.
namespace scenario::rules {

namespace {

using conversation = mcp_conversation;
using finding = mcp_finding;

void foreign_origin(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "foreign Origin"))
        f.expect(x->status == 403, x->place(),
                 "status " + std::to_string(x->status) + " instead of 403");
}

void foreign_host(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "foreign Host"))
        f.expect(x->status >= 400 && x->status < 500, x->place(),
                 "status " + std::to_string(x->status));
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

char const* const warning = "2025-11-25 basic/transports: Security Warning";
char const* const authorization = "2025-11-25 basic/authorization";
char const* const two_principals = "needs two principals, of which an examination has one";
char const* const both_sides = "needs both sides of a gateway";

mcp_rule const all[] = {
    {"S01", "S P", must, "a foreign Origin: 403", warning, foreign_origin, nullptr},
    {"S02", "S P", practice, "a foreign Host on loopback: 4xx", "the SDKs", foreign_host, nullptr},
    {"S03", "S P", should, "a local server listens on loopback only", warning, nullptr,
     "a client cannot see where else a server listens"},
    {"S04", "S P", must, "401 says where to be authorized", authorization, nullptr,
     "an examination has no server that wants it"},
    {"S05", "C P", must, "the token is in every request, and in no URL", authorization, nullptr,
     "of a client; an examination has only our own"},
    {"S06", "P", must, "a client's token does not go to servers", authorization, nullptr,
     both_sides},
    {"S07", "S P", must, "a session is of one principal", "security best practices", nullptr,
     two_principals},
    {"S08", "S P", practice, "what is too much has a clean status", "the SDKs", nullptr,
     "how much is too much is a server's own affair"},
    {"S09", "S P", practice, "idle sessions end", "mcp-go#723", nullptr,
     "takes longer than an examination may"},
    {"S10", "P", practice, "traces have no secrets", "gateways only", nullptr, both_sides},
};

}  // namespace

std::span<mcp_rule const> security() { return all; }

}  // namespace scenario::rules
