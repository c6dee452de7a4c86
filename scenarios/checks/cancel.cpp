#include <algorithm>

#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "cancel";

// Verbs that leave no event of their own.
bool is_silent(mock::provider_verb verb) {
    return verb == mock::provider_verb::wait || verb == mock::provider_verb::header;
}

mock::turn const* script_of(scenario const& s, provider_turn const& turn) {
    auto const& number = turn.request->words;
    for (auto const& provider : s.providers) {
        if (provider.name != turn.provider) continue;
        for (std::size_t i = 0; i < provider.turns.size(); ++i)
            if (std::to_string(i + 1) == number) return &provider.turns[i];
    }
    return nullptr;
}

// The provider still had something to say, or to be silent about, when the client left. A
// turn that simply has no more steps is closed by the mock itself.
bool was_speaking(scenario const& s, provider_turn const& turn, runtime::event const& left) {
    if (auto const* last = turn.complete(); last != nullptr && last->number < left.number)
        return false;
    if (turn.let_go != nullptr && turn.let_go->number < left.number) return false;
    auto const* script = script_of(s, turn);
    if (script == nullptr) return true;
    auto const said = std::count_if(turn.said.begin(), turn.said.end(),
                                    [&](event_pointer e) { return e->number < left.number; });
    auto const to_say = std::count_if(script->steps.begin(), script->steps.end(),
                                      [](auto const& step) { return !is_silent(step.verb); });
    bool const stalls = std::any_of(script->steps.begin(), script->steps.end(), [](auto const& st) {
        return st.verb == mock::provider_verb::stall;
    });
    return stalls || said < to_say;
}

bool was_running(mcp_call const& call, runtime::event const& left) {
    auto const before = [&](event_pointer e) { return e != nullptr && e->number < left.number; };
    return before(call.request) && !before(call.broken) && !before(call.let_go) &&
           std::none_of(call.answers.begin(), call.answers.end(), before);
}

void judge_parting(char const* what, event_pointer let_go, event_pointer open,
                   runtime::event const& left, tolerance slack,
                   std::vector<objection>& objections) {
    if (let_go == nullptr) {
        objections.push_back(object(id, &left, std::string(what) + " is not let go of",
                                    "still open: " + open->to_text()));
        return;
    }
    auto const late = let_go->at - left.at;
    if (late > slack.late)
        objections.push_back(object(id, let_go, std::string(what) + " is let go of too late",
                                    runtime::to_text(late) + " after the client left"));
}

void judge_exchange(evidence const& seen, story const& told, client_exchange const& x,
                    std::vector<objection>& objections) {
    auto const& left = *x.hang_up;
    auto const  in_time = left.at + seen.slack.late;
    for (auto const& turn : told.turns) {
        if (told.owner(turn) != &x) continue;
        if (turn.request->at > in_time) {
            objections.push_back(
                object(id, turn.request, "the provider is asked after the client has left"));
        } else if (was_speaking(seen.played, turn, left)) {
            // Said to the end at this very instant, it needs no close any more.
            auto const* last = turn.complete();
            if (last == nullptr || last->at > in_time)
                judge_parting("the provider", turn.let_go, turn.request, left, seen.slack,
                              objections);
        }
    }
    for (auto const& call : told.calls) {
        if (told.owner(call) != &x || !was_running(call, left)) continue;
        // An answer at the very instant needs no cancel any more.
        auto const at_once = [&](event_pointer e) { return e->at <= in_time; };
        if (std::any_of(call.answers.begin(), call.answers.end(), at_once)) continue;
        judge_parting("the tool", call.let_go, call.request, left, seen.slack, objections);
    }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (!seen.played.network.empty()) return objections;  // the news may be on its way for long
    auto const& told = seen.told;
    for (auto const& x : told.exchanges)
        if (x.hang_up != nullptr) judge_exchange(seen, told, x, objections);
    return objections;
}

}  // namespace

check cancel() {
    return {id, "when the client leaves, the provider and every running tool are let go of at once",
            "MCP 2025-11-25, basic/utilities/cancellation; BerriAI/litellm#30244", judge};
}

}  // namespace scenario::standing
