#include "scenarios/exchange.hpp"
#include "scenarios/mcp_rules.hpp"

// 8.5: standard streams, and HTTP+SSE of 2024-11-05.
namespace scenario::rules {

namespace {

using conversation = mcp_conversation;
using finding = mcp_finding;

void clean_output(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (m.by_server && m.stream == 0)
            f.expect(m.value.is_object() || m.value.is_array(), m.place, "no message");
    for (auto const& line : c.noise)
        f.expect(false, "standard output", "a line that is no message: " + line);
}

void ends_with_its_input(conversation const& c, finding& f) {
    if (c.ended_by_itself)
        f.expect(*c.ended_by_itself, "standard input", "it runs on when this has ended");
}

void endpoint_first(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "old stream"))
        f.expect(!x->events.empty() && x->events.front().type == "endpoint", x->place(),
                 x->events.empty() ? "no event comes: " + x->trouble
                                   : "the first event is " + x->events.front().type);
}

void old_unknown_session(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "old unknown session"))
        f.expect(x->status >= 400 && x->status < 500, x->place(),
                 x->status == 0 ? "it is never answered" : "status " + std::to_string(x->status));
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

char const* const a_client = "of a client; an examination has only our own";
char const* const stdio = "2025-11-25 basic/transports: stdio";
char const* const old = "2024-11-05 basic/transports: HTTP with SSE";

mcp_rule const all[] = {
    {"T01", "C S P", must, "standard output has messages, one a line, and nothing else", stdio,
     clean_output, nullptr},
    {"T02", "C P", practice, "other lines are passed over", stdio, nullptr, a_client},
    {"T03", "C P", practice, "standard error is always read", "typescript-sdk#2776", nullptr,
     a_client},
    {"T04", "C S P", practice, "messages of 16 MiB pass", "typescript-sdk#2245", nullptr,
     "who may be sent so much cannot be known"},
    {"T05", "C S P", practice, "both directions may be full at once", "python-sdk#1143", nullptr,
     "who may be sent so much cannot be known"},
    {"T06", "C P", should, "a program is ended by closing its input", stdio, nullptr, a_client},
    {"T07", "S", should, "a program ends when its input ends", stdio, ends_with_its_input, nullptr},
    {"T08", "P", practice, "a program that dies leaves nothing pending", "supergateway#139",
     nullptr, "the scenarios of family mcp_endpoint play it"},
    {"T09", "P", practice, "clients of one program do not hear each other", "supergateway#18",
     nullptr, "needs both sides of a gateway"},
    {"T10", "S P", must, "HTTP+SSE: the first event is endpoint", old, endpoint_first, nullptr},
    {"T11", "C P", practice, "the endpoint is of the same origin", old, nullptr, a_client},
    {"T12", "S P", practice, "HTTP+SSE: an unknown session is refused at once", "the SDKs",
     old_unknown_session, nullptr},
    {"T13", "C P", should, "a client falls back to HTTP+SSE", "2025-11-25 basic/transports",
     nullptr, a_client},
};

}  // namespace

std::span<mcp_rule const> transports() { return all; }

}  // namespace scenario::rules
