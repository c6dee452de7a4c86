#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/limits_kept.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "time";

// A network that delays, or a client that does not read, may hold anything back.
bool may_be_held_back(scenario const& s) {
    auto const holds = [](client_step const& step) {
        return step.verb == client_verb::pause || step.verb == client_verb::read;
    };
    return !s.network.empty() ||
           std::any_of(s.clients.begin(), s.clients.end(), [&](client_script const& c) {
               return std::any_of(c.steps.begin(), c.steps.end(), holds);
           });
}

// Up to which byte the text had come with this event.
struct milestone {
    std::size_t   byte;
    event_pointer event;
};

std::vector<milestone> heard_by(client_exchange const& x) {
    std::vector<milestone> reached;
    std::size_t            byte = 0;
    for (auto const* e : x.heard)
        if (e->verb == "text") reached.push_back({byte += quoted_text(*e).size(), e});
    return reached;
}

std::vector<milestone> said_in(std::vector<provider_turn const*> const& turns) {
    std::vector<milestone> reached;
    std::size_t            byte = 0;
    for (auto const* turn : turns)
        for (auto const* e : turn->said)
            if (e->verb == "text") reached.push_back({byte += quoted_text(*e).size(), e});
    return reached;
}

bool said_plainly(std::vector<provider_turn const*> const& turns) {
    return std::none_of(turns.begin(), turns.end(), [](provider_turn const* turn) {
        return turn->first("bytes") != nullptr || turn->first("raw") != nullptr ||
               turn->first("recording") != nullptr;
    });
}

void judge_relay(client_exchange const& x, std::vector<provider_turn const*> const& turns,
                 runtime::duration late_max, std::vector<objection>& objections) {
    std::string said_text;
    for (auto const* turn : turns) said_text += turn->text(nullptr).value_or("");
    if (!said_text.starts_with(x.text())) return;  // the text check has more to say

    auto const heard = heard_by(x);
    auto       arrival = heard.begin();
    for (auto const& said : said_in(turns)) {
        while (arrival != heard.end() && arrival->byte < said.byte) ++arrival;
        if (arrival == heard.end()) return;
        auto const late = arrival->event->at - said.event->at;
        if (late <= late_max) continue;
        objections.push_back(
            object(id, arrival->event, "this text was held back",
                   "the client has it " + runtime::to_text(late) + " after the provider said it"));
        return;
    }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (may_be_held_back(seen.played)) return objections;
    auto const& told = seen.told;
    objections = judge_limits(id, seen, told);
    for (auto const& x : told.exchanges) {
        if (!x.asks_a_model() || !x.streamed || x.status != 200) continue;
        auto const turns = told.turns_of(x);
        if (turns && said_plainly(*turns)) judge_relay(x, *turns, seen.slack.late, objections);
    }
    return objections;
}

}  // namespace

check time() {
    return {id,
            "a text reaches the client at the instant at which the provider says it, and a limit "
            "is told when it has run out and only then",
            "BerriAI/litellm#19909 BerriAI/litellm#19184", judge};
}

}  // namespace scenario::standing
