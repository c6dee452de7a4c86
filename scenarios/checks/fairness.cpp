#include "scenarios/canary.hpp"
#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "fairness";

// Each piece that the canary's provider says, and when the canary has it.
void judge_round(client_exchange const& x, provider_turn const& turn, runtime::duration late_max,
                 std::vector<objection>& objections) {
    if (auto const waited = turn.request->at - x.request->at; waited > late_max) {
        objection o;
        o.check = id;
        o.problem = "a request beside this one had to wait";
        o.detail = "its provider was asked " + runtime::to_text(waited) + " later";
        objections.push_back(std::move(o));
        return;
    }
    auto heard = x.heard.begin();
    for (auto const* said : turn.said) {
        if (said->verb != "text") continue;
        auto const is_it = [&](event_pointer e) {
            return e->verb == "text" && e->words == said->words;
        };
        while (heard != x.heard.end() && !is_it(*heard)) ++heard;
        if (heard == x.heard.end()) return;  // fell silent, or `recovery` has more to say
        auto const late = (*heard)->at - said->at;
        if (late <= late_max) continue;
        objection o;
        o.check = id;
        o.problem = "a stream beside this one lost its beat";
        o.detail = said->words + " was said at " + runtime::to_text(said->at.time_since_epoch()) +
                   " and came " + runtime::to_text(late) + " later";
        objections.push_back(std::move(o));
        return;
    }
}

// It waited for its provider to be asked until the scenario was over and another client came.
void judge_unasked(client_exchange const& x, event_pointer over, runtime::duration late_max,
                   std::vector<objection>& objections) {
    if (over == nullptr || x.over != nullptr || over->at - x.request->at <= late_max) return;
    objection o;
    o.check = id;
    o.problem = "a request beside this one had to wait";
    o.detail = "its provider was not asked for " + runtime::to_text(over->at - x.request->at);
    objections.push_back(std::move(o));
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told_beside;
    event_pointer          over = nullptr;
    for (auto const& x : told.exchanges)
        if (x.request->from == canary::next) over = x.request;
    for (auto const& x : told.exchanges) {
        if (x.request->from == canary::next) continue;
        bool asked = false;
        for (auto const& turn : told.turns) {
            if (told.owner(turn) != &x) continue;
            asked = true;
            judge_round(x, turn, seen.slack.late, objections);
        }
        if (!asked) judge_unasked(x, over, seen.slack.late, objections);
        if (x.first("error") == nullptr && x.first("status") == nullptr) continue;
        objection o;
        o.check = id;
        o.problem = "a stream beside this one was refused or broken";
        o.detail = (x.first("error") != nullptr ? x.first("error") : x.first("status"))->to_text();
        objections.push_back(std::move(o));
    }
    if (objections.size() > 1) objections.resize(1);  // the first tells enough
    return objections;
}

}  // namespace

check fairness() {
    return {id,
            "a stream beside the scenario, with which it has nothing to do, is served at once and "
            "keeps its beat",
            "openai/openai-agents-python#1393", judge};
}

}  // namespace scenario::standing
