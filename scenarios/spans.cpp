#include "scenarios/spans.hpp"

#include <algorithm>
#include <tuple>

#include "scenarios/exchange.hpp"

namespace scenario {

namespace {

std::string said(event_pointer e) { return e->words.empty() ? e->verb : e->verb + " " + e->words; }

// The last of those that there are; null if there is none.
event_pointer last(std::initializer_list<event_pointer> events) {
    event_pointer latest = nullptr;
    for (auto const* e : events)
        if (e && (!latest || e->number > latest->number)) latest = e;
    return latest;
}

event_pointer back_of(std::vector<event_pointer> const& events) {
    return events.empty() ? nullptr : events.back();
}

}  // namespace

std::vector<span> spans_of(std::vector<runtime::event> const& events) {
    std::vector<span> all;
    if (events.empty()) return all;
    auto const  never = events.size() - 1;
    story const told(events);
    auto const  add = [&](std::string const& who, event_pointer begin, event_pointer end,
                         std::string label, std::uint64_t exchange) {
        if (!begin) return;
        auto const until = end ? std::max(end->number, begin->number) : never;
        all.push_back({who, std::move(label), exchange, begin->number, until});
    };
    for (auto const& x : told.exchanges) {
        if (!x.request) continue;
        auto const* end = x.hang_up ? x.hang_up : x.over;
        add(x.request->from, x.request, end, said(x.request), x.number);
        add(x.request->to, x.request, end, said(x.request), x.number);
    }
    for (auto const& t : told.turns) {
        auto const* end = t.complete() ? t.complete() : last({t.let_go, back_of(t.said)});
        add(t.provider, t.request, end, t.request ? said(t.request) : "", t.exchange);
    }
    for (auto const& c : told.calls) {
        auto const* end = last({back_of(c.answers), c.broken, c.let_go});
        add(c.server, c.request, end, "call " + c.tool, c.exchange);
    }
    std::sort(all.begin(), all.end(), [](span const& a, span const& b) {
        return std::tie(a.begin, a.actor) < std::tie(b.begin, b.actor);
    });
    return all;
}

std::vector<actor> actors_of(scenario const& s, std::vector<runtime::event> const& events) {
    std::vector<actor> all;
    auto const         add = [&](std::string const& name, std::optional<role> plays) {
        auto const known = [&](actor const& a) { return a.name == name; };
        if (std::none_of(all.begin(), all.end(), known)) all.push_back({name, plays});
    };
    for (auto const& c : s.clients) add(c.name, role::client);
    add("proxy", role::gateway);
    for (auto const& p : s.providers) add(p.name, role::provider);
    for (auto const& m : s.servers) add(m.name, role::mcp_server);
    for (auto const& e : events) {
        add(e.from, {});
        add(e.to, {});
    }
    return all;
}

}  // namespace scenario
