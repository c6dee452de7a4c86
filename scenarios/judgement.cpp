#include "scenarios/judgement.hpp"

#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/profile_view.hpp"

namespace scenario {

namespace {

bool is_about_time(objection const& o) {
    return o.about_time || o.check == "hang" || o.check == "time" ||
           o.problem.starts_with("came ") || o.check == "cancel" || o.check == "fairness";
}

// The words of the profile that a scenario asks for itself, or of the gateway that it met.
wire_profile const& profile_of(scenario const& s, outcome const& came) {
    auto const* found = find_profile(s.gateway.profile.empty() ? came.profile : s.gateway.profile);
    return found ? *found : clean_profile();
}

bool is_of_the_stage(objection const& o) { return o.check == "hang" || o.check == "gateway"; }

void judge_all(scenario const& s, outcome& came, wire_profile const& profile,
               std::string const& only) {
    auto& all = came.objections;
    if (only.empty())
        for (auto& o : judge(s, came.events, came.slack)) all.push_back(std::move(o));
    bool const     has_our_defaults = !s.gateway.config && came.profile.empty();
    evidence const seen{s,
                        came.events,
                        came.slack,
                        came.left_over,
                        came.loop_trouble,
                        came.beside,
                        came.twin,
                        came.over_responses,
                        came.over_messages,
                        profile,
                        has_our_defaults,
                        came.runs_on,
                        came.mcp};
    for (auto const& c : checks()) {
        if (is_waived(s, c.id) || (!only.empty() && only != c.id)) continue;
        for (auto& o : c.judge(seen)) all.push_back(std::move(o));
    }
}

}  // namespace

void pass_judgement(scenario const& s, outcome& came, std::string const& only) {
    auto& all = came.objections;
    std::erase_if(all, [](objection const& o) { return !is_of_the_stage(o); });
    bool const  has_gateway = std::none_of(all.begin(), all.end(), [](objection const& o) {
        return o.check == "gateway" && o.where.line == 0 && o.problem == gateway_missing;
    });
    auto const& profile = profile_of(s, came);
    if (has_gateway) {
        if (&profile == &clean_profile())
            judge_all(s, came, profile, only);
        else
            judge_all(seen_through(profile, s), came, profile, only);
    }
    came.is = all.empty() ? verdict::passed : verdict::failed;
    bool const only_time = std::all_of(all.begin(), all.end(), is_about_time);
    if (!all.empty() && only_time && !came.inconclusive.empty()) came.is = verdict::inconclusive;
}

}  // namespace scenario
