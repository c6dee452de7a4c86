#include <algorithm>
#include <set>

#include "scenarios/mcp_judging.hpp"

// 8.4: what a gateway does between its two sides.
namespace scenario::rules {

namespace {

using namespace std::chrono_literals;

char const* const cancelling = "2025-11-25 basic/utilities/cancellation";

json value_of_progress(mcp_message const* note) {
    return member(member(note->value, "params"), "progress");
}

void all_progress_passes(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        auto const* x = exchange_of(*p.front, *p.asked);
        if (!p.answer || !p.back_answer || token_given(p.asked->value).is_null()) continue;
        if (x == nullptr || x->left || !p.answer->value.contains("result")) continue;
        std::vector<json> said, heard;
        for (auto const* note : progress_of(*p.behind, *p.back))
            if (note < p.back_answer) said.push_back(value_of_progress(note));
        for (auto const* note : progress_of(*p.front, *p.asked))
            if (note < p.answer) heard.push_back(value_of_progress(note));
        if (said.empty() && heard.empty()) continue;
        f.expect(said == heard, p.answer->place,
                 std::to_string(said.size()) + " notes of progress were said, " +
                     std::to_string(heard.size()) + " heard, or in another order");
    }
}

// Whether the client of the gateway does so in this session within the time that it has.
bool lets_go(conversation const& c, std::uint64_t scope, runtime::time_point from) {
    for (auto const& x : c.exchanges)
        if (x.scope == scope && x.request.method == "DELETE" && x.at >= from &&
            x.at <= from + c.slack)
            return true;
    auto const end = c.ended.find(scope);
    return end != c.ended.end() && end->second.by_client && !end->second.at_strike &&
           end->second.at >= from && end->second.at <= from + c.slack;
}

bool any_lets_go(std::vector<conversation> const& all, runtime::time_point from) {
    for (auto const& c : all)
        for (auto const& x : c.exchanges)
            if (lets_go(c, x.scope, from)) return true;
    return false;
}

// An answer to what the gateway has cancelled leaves its session as it was.
void judge_late_answers(mcp_view const& view, finding& f, runtime::duration within) {
    for (auto const& c : view.backs)
        for (auto const& call : c.messages) {
            if (call.by_server || call.modern || !is_request(call.value)) continue;
            auto const *note = cancel_of(c, call), *answer = answer_to(c, call);
            if (note == nullptr || answer == nullptr) continue;
            bool const race = answer->at <= note->at + within && note->at <= answer->at + within;
            bool const late = within == runtime::duration::zero() ? answer > note : race;
            if (!late || any_lets_go(view.fronts, answer->at)) continue;
            f.expect(!lets_go(c, call.scope, answer->at), answer->place,
                     "its session is ended for an answer to what was cancelled");
        }
}

void late_answer_is_dropped(mcp_view const& view, finding& f) {
    judge_late_answers(view, f, runtime::duration::zero());
}

void race_does_no_harm(mcp_view const& view, finding& f) { judge_late_answers(view, f, 1ms); }

// A gateway that answers in a server's place has told the server that nobody waits any more.
void gives_up_aloud(mcp_view const& view, finding& f) {
    for (auto const& p : view.pairs) {
        if (p.answer == nullptr || p.back->modern) continue;
        if (p.back_answer != nullptr && p.back_answer->at <= p.answer->at) continue;
        auto const* x = exchange_of(*p.behind, *p.back);
        bool const  answered_by_status = x != nullptr && x->status >= 400;
        bool const  broken = x != nullptr && x->over && x->over_at <= p.answer->at + p.front->slack;
        auto const  end = p.behind->ended.find(p.back->scope);
        bool const  dead =
            end != p.behind->ended.end() && end->second.at <= p.answer->at + p.front->slack;
        bool const ended = std::ranges::any_of(p.behind->exchanges, [&](auto const& other) {
            bool const gone = other.request.method == "DELETE" || other.status == 404 ||
                              is_old_stream_over(other);
            return other.scope == p.back->scope && gone &&
                   other.at <= p.answer->at + p.front->slack;
        });
        if (answered_by_status || broken || dead || ended) continue;
        f.expect(cancel_of(*p.behind, *p.back) != nullptr, p.answer->place,
                 "it is answered without its server, who is not told that it is cancelled");
    }
}

bool asks_back(mcp_message const& m) {
    auto const method = method_of(m.value);
    return m.by_server && is_request(m.value) && method != "ping" && m.probe != "resume";
}

// All that the clients have answered, in either era.
std::set<std::string> answers_of_clients(mcp_view const& view) {
    std::set<std::string> all;
    for (auto const& c : view.fronts)
        for (auto const& m : c.messages) {
            if (m.by_server) continue;
            if (is_response(m.value)) all.insert(member(m.value, "result").dump());
            auto const& said = member(member(m.value, "params"), "inputResponses");
            for (auto const& one : said) all.insert(one.dump());
        }
    return all;
}

void questions_come_back_answered(mcp_view const& view, finding& f) {
    auto const given = answers_of_clients(view);
    for (auto const& c : view.backs)
        for (auto const& m : c.messages) {
            if (!asks_back(m)) continue;
            auto const* said = answer_to(c, m);
            auto const  result = said ? member(said->value, "result") : json();
            if (!result.is_null())
                f.expect(given.contains(result.dump()), said->place,
                         "no client has answered " + method_of(m.value) + " so");
        }
}

// Whether a client may still answer: it was asked, and has not ended its session.
bool somebody_may_answer(mcp_view const& view, std::string const& method) {
    for (auto const& c : view.fronts)
        for (auto const& m : c.messages) {
            if (!asks_back(m) || method_of(m.value) != method || answer_to(c, m)) continue;
            bool over = false;
            for (auto const& x : c.exchanges)
                over = over || (x.scope == m.scope && x.request.method == "DELETE");
            if (!over) return true;
        }
    return false;
}

void who_has_gone_is_told(mcp_view const& view, finding& f) {
    if (view.has_faults) return;
    for (auto const& c : view.backs)
        for (auto const& m : c.messages) {
            if (!asks_back(m) || m.modern || somebody_may_answer(view, method_of(m.value)))
                continue;
            bool over = c.ended.contains(m.scope);
            for (auto const& x : c.exchanges)
                over = over || (x.scope == m.scope && x.request.method == "DELETE") ||
                       (x.number == m.stream && !x.trouble.empty());
            auto const* said = answer_to(c, m);
            // What it has cancelled itself, or what it waits for in a session that is over.
            if (said == nullptr && (over || cancel_of(c, m) != nullptr)) continue;
            f.expect(said != nullptr, m.place, "nobody is left to answer, and it is not told");
        }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;
constexpr auto practice = mcp_level::practice;

mcp_rule const all[] = {
    {"L14",
     "P",
     practice,
     "no progress is lost or passes its answer",
     "apple-photos-mcp#56",
     {.gateway = all_progress_passes}},
    {"L18",
     "C P",
     should,
     "a late answer is dropped",
     cancelling,
     {.gateway = late_answer_is_dropped, .timed = true}},
    {"L19",
     "C S P",
     must,
     "a cancel that races with the answer does no harm",
     cancelling,
     {.gateway = race_does_no_harm, .timed = true},
     "a race is no examination: which of the two came first only the server knows"},
    {"L20",
     "C P",
     should,
     "what takes too long is cancelled",
     cancelling,
     {.gateway = gives_up_aloud, .timed = true}},
    {"L30",
     "P",
     practice,
     "what a server asks is answered by a client, word by word",
     "conformance#407",
     {.gateway = questions_come_back_answered}},
    {"L31",
     "P",
     practice,
     "what a server asks of who has gone is an error",
     "gateways only",
     {.gateway = who_has_gone_is_told}},
};

}  // namespace

std::span<mcp_rule const> relaying() { return all; }

}  // namespace scenario::rules
