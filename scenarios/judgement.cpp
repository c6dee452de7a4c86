#include "scenarios/judgement.hpp"

#include <algorithm>

#include "scenarios/checks.hpp"

namespace scenario {

namespace {

bool is_about_time(objection const& o) {
    return o.check == "hang" || o.check == "time" || o.problem.starts_with("came ") ||
           o.check == "cancel" || o.check == "fairness";
}

}  // namespace

void pass_judgement(scenario const& s, outcome& came, std::string const& only) {
    auto& all = came.objections;
    std::erase_if(all, [](objection const& o) { return o.check != "hang"; });
    if (only.empty())
        for (auto& o : judge(s, came.events, came.slack)) all.push_back(std::move(o));
    evidence const seen{s,           came.events, came.slack, came.left_over, came.loop_trouble,
                        came.beside, came.twin};
    for (auto const& c : checks()) {
        if (is_waived(s, c.id) || (!only.empty() && only != c.id)) continue;
        for (auto& o : c.judge(seen)) all.push_back(std::move(o));
    }
    came.is = all.empty() ? verdict::passed : verdict::failed;
    bool const only_time = std::all_of(all.begin(), all.end(), is_about_time);
    if (!all.empty() && only_time && !came.inconclusive.empty()) came.is = verdict::inconclusive;
}

}  // namespace scenario
