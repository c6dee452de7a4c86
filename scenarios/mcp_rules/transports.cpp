#include <algorithm>
#include <set>

#include "scenarios/mcp_judging.hpp"
#include "scenarios/mcp_paths.hpp"

// 8.5: standard streams, and HTTP+SSE of 2024-11-05.
namespace scenario::rules {

namespace {

char const* const stdio = "2025-11-25 basic/transports: stdio";
char const* const old = "2024-11-05 basic/transports: HTTP with SSE";

template <bool server>
void clean_output(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (m.by_server == server && m.stream == 0)
            f.expect(m.value.is_object() || m.value.is_array(), m.place, "no message");
    for (auto const& line : server ? c.noise : c.noise_by_client)
        f.expect(false, server ? "standard output" : "standard input",
                 "a line that is no message: " + line);
}

void ends_with_its_input(conversation const& c, finding& f) {
    if (c.ended_by_itself)
        f.expect(*c.ended_by_itself, "standard input", "it runs on when this has ended");
}

void large_messages(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || m.probe != "large") continue;
        auto const* x = exchange_of(c, m);
        bool const  refused = x != nullptr && x->status >= 400 && x->status < 500;
        f.expect(refused || answer_to(c, m) != nullptr, m.place,
                 "a message of a mebibyte is neither answered nor refused");
    }
}

bool is_old(mcp_exchange const& x) {
    return x.request.method == "GET" && x.status == 200 && x.streams() &&
           (x.probe == "old stream" || is_sse_path(path_in(x.request.target)));
}

void endpoint_first(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        bool const asked = x.probe == "old stream" || is_old(x);
        if (!asked || (c.is_traced() && x.left)) continue;
        f.expect(!x.events.empty() && x.events.front().type == "endpoint", x.place(),
                 x.events.empty() ? "no event comes: " + x.trouble
                                  : "the first event is " + x.events.front().type);
    }
}

void old_unknown_session(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "old unknown session"))
        f.expect(x->status >= 400 && x->status < 500, x->place(),
                 x->status == 0 ? "it is never answered" : "status " + std::to_string(x->status));
}

// Where the streams have told their client to post, without the origin.
std::set<std::string> endpoints_of(conversation const& c) {
    std::set<std::string> all;
    for (auto const& x : c.exchanges)
        for (auto const& e : x.events)
            if (e.type == "endpoint") all.insert(endpoint_target(x.request.target, e.data));
    return all;
}

void posts_to_the_endpoint(conversation const& c, finding& f) {
    auto const told = endpoints_of(c);
    if (told.empty()) return;
    for (auto const& x : c.exchanges)
        if (x.request.method == "POST" && !x.modern && method_of(x.asked()) != "initialize")
            f.expect(told.contains(x.request.target), x.place(),
                     "posted to " + x.request.target + ", which no endpoint event has named");
}

void same_origin(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges)
        for (auto const& e : x.events) {
            auto const scheme = e.data.find("://");
            if (e.type != "endpoint" || scheme == e.data.npos) continue;
            auto const slash = e.data.find('/', scheme + 3);
            auto const host = e.data.substr(scheme + 3, slash - scheme - 3);
            if (host == x.field("host")) {
                f.expect(true, x.place(), {});
                continue;
            }
            bool const posts =
                std::any_of(c.exchanges.begin(), c.exchanges.end(), [&](auto const& y) {
                    return y.number > x.number && y.request.method == "POST" &&
                           y.request.target == e.data.substr(std::min(slash, e.data.size()));
                });
            f.expect(!posts, x.place(), "the endpoint is of " + host + ", and is used");
        }
}

void ends_by_closing_the_input(conversation const& c, finding& f) {
    for (auto const& [scope, end] : c.ended)
        if (end.by_client || end.at_strike)
            f.expect(end.by_client, c.client + " -> " + c.server,
                     "its input was never closed: it is left to itself");
}

// A gateway's

bool is_of_program(mcp_view::pair const& p) { return p.back->stream == 0; }

void noise_is_passed_over(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs)
        if (is_of_program(p) && !p.behind->noise.empty())
            expect_answer(p, f, "its server has said what is no message, and its answer is lost");
}

void large_ones_pass(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs)
        if (p.asked->size > 0 || (p.back_answer != nullptr && p.back_answer->size > 0))
            expect_answer(p, f, "a long message is lost");
}

void nothing_stays_pending(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const end = p.behind->ended.find(p.back->scope);
        if (!is_of_program(p) || p.back_answer != nullptr || end == p.behind->ended.end()) continue;
        auto const* x = exchange_of(*p.front, *p.asked);
        if (end->second.by_client || end->second.at_strike || x == nullptr || x->left) continue;
        if (cancel_of(*p.front, *p.asked) != nullptr || (p.answer == nullptr && !x->over)) continue;
        // A gateway may wait a moment for what its exit says of it.
        constexpr auto moment = std::chrono::milliseconds(100);
        f.expect(
            p.answer != nullptr && p.answer->at <= end->second.at + moment + p.front->slack,
            p.asked->place,
            p.answer ? "its program was gone long before" : "its program is gone, and it waits");
    }
}

void each_hears_its_own(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        bool const both = is_of_program(p) && p.answer && p.back_answer;
        if (!both || method_of(p.asked->value) != "tools/call") continue;
        auto const &heard = member(p.answer->value, "result"),
                   &said = member(p.back_answer->value, "result");
        if (heard.is_null() || said.is_null()) continue;
        f.expect(member(heard, "content") == member(said, "content"), p.answer->place,
                 "this is not what the program has answered to it");
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"T01",
     "C S P",
     must,
     "standard streams have messages, one a line, and nothing else",
     stdio,
     {.server = clean_output<true>, .client = clean_output<false>}},
    {"T02",
     "C P",
     practice,
     "other lines are passed over",
     stdio,
     {.gateway = noise_is_passed_over}},
    {"T03",
     "C P",
     practice,
     "standard error is always read",
     "typescript-sdk#2776",
     {},
     nullptr,
     "programs of a scenario have no standard error; tests/runtime/real_child_test.cpp floods one"},
    {"T04",
     "C S P",
     practice,
     "messages of a mebibyte and more pass",
     "typescript-sdk#2245",
     {.server = large_messages, .gateway = large_ones_pass}},
    {"T05",
     "C S P",
     practice,
     "both directions may be full at once",
     "python-sdk#1143",
     {},
     "who may be sent so much at once cannot be known",
     "whether a pipe was full is not seen; tests/runtime/mcp_stdio_test.cpp fills both"},
    {"T06",
     "C P",
     should,
     "a program is ended by closing its input",
     stdio,
     {.client = ends_by_closing_the_input}},
    {"T07",
     "S",
     should,
     "a program ends when its input ends",
     stdio,
     {.server = ends_with_its_input},
     nullptr,
     "of a program; the gateway is none"},
    {"T08",
     "P",
     practice,
     "a program that dies leaves nothing pending",
     "supergateway#139",
     {.gateway = nothing_stays_pending, .timed = true}},
    {"T09",
     "P",
     practice,
     "clients of one program do not hear each other",
     "supergateway#18",
     {.gateway = each_hears_its_own}},
    {"T10",
     "S C P",
     must,
     "HTTP+SSE: the first event is endpoint, and messages go there",
     old,
     {.server = endpoint_first, .client = posts_to_the_endpoint}},
    {"T11", "C P", practice, "the endpoint is of the same origin", old, {.client = same_origin}},
    {"T12",
     "S P",
     practice,
     "HTTP+SSE: an unknown session is refused at once",
     "the SDKs",
     {.server = old_unknown_session}},
    {"T13",
     "C P",
     should,
     "a client falls back to HTTP+SSE",
     "2025-11-25 basic/transports",
     {},
     nullptr,
     "a transport that a configuration names is not guessed; the scenarios mcp_sse/guessed and "
     "refused_twice play one that is not"},
};

}  // namespace

std::span<mcp_rule const> transports() { return all; }

}  // namespace scenario::rules
