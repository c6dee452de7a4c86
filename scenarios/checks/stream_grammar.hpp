#pragma once

#include <vector>

#include "scenarios/checks.hpp"

namespace scenario::standing {

// Reads one stream, frame by frame, by the rules of its endpoint. A `Grammar` is made with the list
// that it objects into, and what else it wants; `read` takes a frame and its JSON, `over` the event
// that ended the answer, which there is none of if the client left before.
template <class Grammar, class... More>
void judge_stream(story const& told, client_exchange const& x, std::vector<objection>& objections,
                  More const&... more) {
    Grammar rules(objections, more...);
    for (auto const* e : x.heard)
        if (e->verb == "frame") rules.read(*e, told.json_of(*e));
    if (x.over != nullptr) rules.over(x.over);
}

// The streamed and good answers to requests of `endpoint`, each judged by its grammar.
template <class Grammar>
std::vector<objection> judge_streams(evidence const& seen, std::string_view endpoint) {
    std::vector<objection> objections;
    auto const&            told = seen.told;
    for (auto const& x : told.exchanges)
        if (x.path.ends_with(endpoint) && x.streamed && x.status == 200)
            judge_stream<Grammar>(told, x, objections);
    return objections;
}

}  // namespace scenario::standing
