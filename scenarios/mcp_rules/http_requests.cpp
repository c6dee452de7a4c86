#include "scenarios/mcp_judging.hpp"

// 8.2: streamable HTTP, and requests that no good client makes.
namespace scenario::rules {

namespace {

void bad_requests(conversation const& c, finding& f) {
    expect_status(c, f, "bad JSON", 400);
    for (auto const* x : exchanges_for(c, "bad JSON"))
        if (x->status == 400)
            f.expect(code_in(*x) == -32700, x->place(),
                     "code " + std::to_string(code_in(*x)) + " instead of -32700");
    expect_status(c, f, "not JSON-RPC", 400);
    expect_status(c, f, "empty batch", 400);
    expect_status(c, f, "text/plain", 415);
    expect_status(c, f, "Accept text/html", 406);
    expect_status(c, f, "PUT", 405);
}

// Two requests of one id at a time: the second one, and what it was sent beside.
void same_id_twice(conversation const& c, finding& f) {
    for (auto const& second : c.exchanges) {
        if (second.modern || !second.is_request()) continue;
        for (auto const& first : c.exchanges) {
            if (first.number >= second.number || first.scope != second.scope) continue;
            if (!first.is_request() || first.asked()["id"] != second.asked()["id"]) continue;
            bool const open = first.probe == "to be duplicated" ||
                              (c.is_traced() && first.over_at > second.at && !first.left);
            if (!open) continue;
            f.expect(second.status >= 400 || code_in(second) != 0, second.place(),
                     "it is taken: " + status_of(second));
            if (c.is_traced() && (!first.over || !first.trouble.empty())) continue;
            f.expect(answers(first, first.asked()) || !first.answer.empty(), first.place(),
                     "the first request with this id is never answered");
        }
    }
}

void strange_verbs(conversation const& c, finding& f) {
    for (auto const* x : exchanges_for(c, "behind OPTIONS"))
        f.expect(x->status == 200, x->place(), status_of(*x) + " behind OPTIONS");
    for (char const* probe : {"HEAD", "OPTIONS"})
        if (c.is_traced())
            for (auto const* x : exchanges_for(c, probe))
                f.expect(x->status > 0 && x->status < 500, x->place(), status_of(*x));
}

constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"H28",
     "S P",
     practice,
     "bad JSON 400 with -32700, no JSON-RPC 400, wrong type 415, wrong Accept 406, unknown verb "
     "405",
     "the SDKs",
     {.server = bad_requests}},
    {"H32",
     "S P",
     practice,
     "an id that is in flight is refused; the first call still ends",
     "typescript-sdk#2433",
     {.server = same_id_twice}},
    {"H34",
     "S P",
     practice,
     "OPTIONS and HEAD do not break the endpoint",
     "RFC 9110",
     {.server = strange_verbs}},
};

}  // namespace

std::span<mcp_rule const> http_requests() { return all; }

}  // namespace scenario::rules
