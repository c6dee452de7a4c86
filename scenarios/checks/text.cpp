#include <algorithm>

#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "text";

// "after "It says: " came "hello!" instead of "hello."", both from the first difference on.
std::string difference(std::string const& heard, std::string const& said) {
    constexpr std::size_t shown = 40;
    auto const            both = std::min(heard.size(), said.size());
    auto                  at = static_cast<std::size_t>(
        std::mismatch(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>(both),
                                       said.begin())
            .first -
        heard.begin());
    // Not in the middle of a character.
    while (at > 0 && at < said.size() && (static_cast<unsigned char>(said[at]) & 0xc0) == 0x80)
        --at;
    return "at byte " + std::to_string(at) + " the client has " +
           runtime::quoted(heard.substr(at, shown)) + ", the provider said " +
           runtime::quoted(said.substr(at, shown));
}

event_pointer last_text(client_exchange const& x) {
    event_pointer last = x.request;
    for (auto const* e : x.heard)
        if (e->verb == "text") last = e;
    return last;
}

bool is_complete(client_exchange const& x) {
    return x.over != nullptr && x.first("end") != nullptr && x.first("error") == nullptr &&
           x.first("cut") == nullptr;
}

// It was over before the provider had finished, as far as that can be told.
bool broke_off(provider_turn const& turn, event_pointer end) {
    for (auto const* verb : {"bytes", "raw", "recording", "status", "finish"})
        if (turn.first(verb) != nullptr) return false;
    auto const before = [&](event_pointer e) { return e != nullptr && e->number < end->number; };
    return before(turn.complete()) || before(turn.let_go);
}

// It failed before a word of it, and the question was put again: nobody misses it.
bool was_put_again(provider_turn const& turn, provider_turn const& last) {
    for (auto const* verb : {"text", "thinking", "refusal", "tool"})
        if (turn.first(verb) != nullptr) return false;
    return &turn != &last;
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    for (auto const& x : told.exchanges) {
        auto const turns = told.turns_of(x);
        if (!turns || !x.asks_a_model()) continue;
        if (is_complete(x))
            for (auto const* turn : *turns)
                if (broke_off(*turn, x.over) && !was_put_again(*turn, *turns->back()))
                    objections.push_back(object(id, x.first("end"),
                                                "an answer that broke off is told as a whole one",
                                                "turn " + turn->request->words + " of " +
                                                    turn->provider + " has no finish"));

        std::string all, last_turn;
        bool        known = true;
        for (auto const* turn : *turns) {
            auto const text = turn->text(x.over);
            known = known && text.has_value();
            last_turn = text.value_or("");
            all += last_turn;
        }
        if (!known) continue;

        auto const heard = x.text();
        if (heard == all) continue;
        // An unstreamed answer may hold the last turn alone: what was said before the tools
        // is lost in the format of every gateway known. Some hide it in streams, too.
        bool const last_is_enough = !x.streamed || seen.profile.hides_inner_turns;
        if (last_is_enough && heard == last_turn) continue;
        bool const begun =
            all.starts_with(heard) || (last_is_enough && last_turn.starts_with(heard));
        if (!is_complete(x) && begun) continue;
        objections.push_back(object(id, last_text(x),
                                    heard.size() < all.size() && all.starts_with(heard)
                                        ? "the client misses text that the provider said"
                                        : "the client has other text than the provider said",
                                    difference(heard, all)));
    }
    return objections;
}

}  // namespace

check text() {
    return {id,
            "the deltas, joined, equal what the provider said, each once and in order, and what "
            "broke off is not told as whole",
            "BerriAI/litellm#19317", judge};
}

}  // namespace scenario::standing
