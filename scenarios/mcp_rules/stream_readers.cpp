#include <algorithm>
#include <map>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.3: reading event streams, and coming back for the rest: clients and gateways.
namespace scenario::rules {

namespace {

using namespace std::chrono_literals;

char const* const resuming = "2025-11-25 basic/transports: Resumability and Redelivery";

// A client's side

void waits_for_retry(conversation const& c, finding& f) {
    constexpr auto early = 50ms;
    for (auto const& x : c.exchanges) {
        if (!is_resume(x)) continue;
        auto const          last = x.field("last-event-id");
        mcp_exchange const* before = nullptr;
        for (auto const& other : c.exchanges)
            if (other.number < x.number && other.scope == x.scope &&
                (behind(other, last) < other.events.size() ||
                 (!other.events.empty() && other.events.back().id == last)))
                before = &other;
        if (before == nullptr || !before->over || !names_retry(*before)) continue;
        auto const asked = std::chrono::milliseconds(before->events.back().retry);
        f.expect(x.at - before->over_at >= asked - early, x.place(),
                 "it comes back after " + runtime::to_text(x.at - before->over_at) +
                     ", not after " + runtime::to_text(asked));
    }
}

void comes_back_with_the_last_id(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const* origin = resumed_by(c, x);
        if (origin == nullptr) continue;
        auto const          last = x.field("last-event-id");
        mcp_exchange const* latest = origin;
        for (auto const& other : c.exchanges)
            if (other.number < x.number && !other.events.empty() && resumed_by(c, other) == origin)
                latest = &other;
        std::string newest;
        for (auto const& e : latest->events)
            if (!e.id.empty() && e.at <= x.at) newest = e.id;
        f.expect(newest.empty() || newest == last, x.place(),
                 "it goes on from " + last + ", and has heard " + newest);
        if (!c.sessions.empty())
            f.expect(!x.field("mcp-session-id").empty(), x.place(), "without its session's id");
    }
}

void not_for_what_is_answered(conversation const& c, finding& f) {
    for (auto const& x : c.exchanges) {
        auto const* origin = resumed_by(c, x);
        if (origin == nullptr || !origin->is_request()) continue;
        bool answered = answers(*origin, origin->asked());
        for (auto const& other : c.exchanges)
            answered = answered || (other.number < x.number && resumed_by(c, other) == origin &&
                                    answers(other, origin->asked()));
        f.expect(!answered, x.place(), "its answer had come");
    }
}

void seldom(conversation const& c, finding& f) {
    constexpr std::size_t                                     burst = 6;
    std::map<std::uint64_t, std::vector<runtime::time_point>> by_session;
    for (auto const& x : c.exchanges)
        if (x.request.method == "GET" && !x.modern) by_session[x.scope].push_back(x.at);
    for (auto const& [scope, times] : by_session) {
        bool good = true;
        for (std::size_t i = 0; i < times.size(); ++i)
            for (auto j = i; j < times.size(); ++j)
                good = good &&
                       (j - i + 1) <= burst + static_cast<std::size_t>((times[j] - times[i]) / 1s);
        if (times.size() > 1)
            f.expect(good, c.client + " -> " + c.server,
                     "GET is asked " + std::to_string(times.size()) + " times, too often");
    }
}

void not_after_405(conversation const& c, finding& f) {
    for (auto const& refused : c.exchanges) {
        if (refused.request.method != "GET" || refused.status != 405 || is_resume(refused))
            continue;
        bool const again = std::any_of(c.exchanges.begin(), c.exchanges.end(), [&](auto const& x) {
            return x.number > refused.number && x.scope == refused.scope && !is_resume(x) &&
                   x.request.method == "GET";
        });
        f.expect(!again, refused.place(), "it is asked again");
    }
}

// A gateway's: what came in a form that a weak parser would choke on has come through.

void any_form(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const* x = exchange_of(*p.behind, *p.back);
        if (x == nullptr || !x->streams()) continue;
        bool const odd = x->strange || !x->comments.empty() ||
                         std::any_of(x->events.begin(), x->events.end(), [](auto const& e) {
                             return e.data.find('\n') != std::string::npos;
                         });
        if (odd) expect_answer(p, f, "the answer came in another spelling, and is lost");
    }
}

void no_empty_events(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const* x = exchange_of(*p.behind, *p.back);
        if (x == nullptr || !x->streams()) continue;
        bool const odd = std::any_of(x->events.begin(), x->events.end(), [](auto const& e) {
            return e.data.empty() || e.type != "message";
        });
        if (odd)
            expect_answer(p, f, "an event that is no message came before, and the answer is lost");
    }
}

// A stream that is gone for good, and how long its client has to wait to be told.
void told_at_once(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const* x = exchange_of(*p.behind, *p.back);
        auto const* front = exchange_of(*p.front, *p.asked);
        if (x == nullptr || front == nullptr || !x->over || !x->streams() || view.has_faults)
            continue;
        bool const has_id = std::any_of(x->events.begin(), x->events.end(),
                                        [](auto const& e) { return !e.id.empty(); });
        bool const settled = p.back_answer != nullptr || front->left || p.answer == nullptr;
        if (has_id || settled || cancel_of(*p.front, *p.asked) != nullptr) continue;
        f.expect(p.answer->at <= x->over_at + p.front->slack, p.answer->place,
                 "the server's stream had ended " + runtime::to_text(p.answer->at - x->over_at) +
                     " before");
    }
}

void own_event_ids(mcp_view const& view, finding& f) {
    std::set<std::string> theirs;
    for (auto const& c : view.backs)
        for (auto const& x : c.exchanges)
            for (auto const& e : x.events) theirs.insert(e.id);
    theirs.erase("");
    for (auto const& c : view.fronts)
        for (auto const& x : c.exchanges)
            for (auto const& e : x.events)
                if (!e.id.empty())
                    f.expect(!theirs.contains(e.id), x.place(),
                             "the id " + e.id + " is a server's");
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"E01",
     "C P",
     must,
     "a parser takes all forms of server-sent events",
     "WHATWG HTML 9.2",
     {.gateway = any_form}},
    {"E03",
     "C P",
     practice,
     "events without data are no messages",
     "typescript-sdk#1184",
     {.gateway = no_empty_events}},
    {"E06",
     "C P",
     must,
     "a client waits for retry",
     resuming,
     {.client = waits_for_retry, .timed = true}},
    {"E07",
     "C P",
     should,
     "a client comes back with the last id",
     resuming,
     {.client = comes_back_with_the_last_id}},
    {"E08",
     "C P",
     practice,
     "a client does not come back for an answered request",
     "typescript-sdk#1191",
     {.client = not_for_what_is_answered}},
    {"E09",
     "C P",
     practice,
     "a client comes back seldom, and not for ever",
     "python-sdk#3257",
     {.client = seldom, .timed = true}},
    {"E10",
     "C P",
     practice,
     "405 on GET: a client does not ask again",
     "the SDKs",
     {.client = not_after_405}},
    {"E11",
     "C P",
     practice,
     "a request whose stream is gone fails at once",
     "typescript-sdk#2739",
     {.gateway = told_at_once, .timed = true}},
    {"E18",
     "P",
     practice,
     "a gateway's ids are its own",
     "gateways only",
     {.gateway = own_event_ids}},
};

}  // namespace

std::span<mcp_rule const> stream_readers() { return all; }

}  // namespace scenario::rules
