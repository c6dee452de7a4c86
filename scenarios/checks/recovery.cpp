#include <algorithm>

#include "scenarios/canary.hpp"
#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "recovery";

objection about_next(std::string problem, std::string detail) {
    objection o;
    o.check = id;
    o.problem = std::move(problem);
    o.detail = std::move(detail);
    return o;
}

std::vector<objection> judge(evidence const& seen) {
    if (seen.beside.empty()) return {};
    auto const& told = seen.told_beside;
    auto const  next = std::find_if(told.exchanges.begin(), told.exchanges.end(),
                                    [](auto const& x) { return x.request->from == canary::next; });
    if (next == told.exchanges.end()) return {};  // the scenario never came to its end
    auto const* end = next->first("end");
    if (end != nullptr && next->first("error") == nullptr && !next->text().empty()) return {};
    for (auto const* verb : {"error", "status", "cut", "close"})
        if (auto const* e = next->first(verb))
            return {about_next("the next request is not answered well", e->to_text())};
    return {
        about_next("the next request is not answered",
                   "it was asked at " + runtime::to_text(next->request->at.time_since_epoch()))};
}

}  // namespace

check recovery() {
    return {id, "whatever has happened, the next plain request is answered",
            "modelcontextprotocol/python-sdk#1764", judge};
}

}  // namespace scenario::standing
