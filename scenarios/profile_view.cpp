#include "scenarios/profile_view.hpp"

#include <algorithm>
#include <set>

namespace scenario {

namespace {

using mock::provider_verb;

bool is_tool_of(scenario const& s, std::string const& name) {
    return std::any_of(s.servers.begin(), s.servers.end(), [&](auto const& server) {
        return std::any_of(server.tools.begin(), server.tools.end(),
                           [&](auto const& tool) { return tool.name == name; });
    });
}

// What is said in turns that end in calls of MCP tools, and so is followed by another turn.
std::set<std::string> inner_texts(scenario const& s) {
    std::set<std::string> texts;
    for (auto const& p : s.providers)
        for (auto const& turn : p.turns) {
            bool const calls =
                std::any_of(turn.steps.begin(), turn.steps.end(), [&](auto const& step) {
                    return step.verb == provider_verb::tool && is_tool_of(s, step.text);
                });
            if (!calls) continue;
            for (auto const& step : turn.steps)
                if (step.verb == provider_verb::text || step.verb == provider_verb::thinking)
                    texts.insert(step.text);
        }
    return texts;
}

bool to_client(scenario const& s, arrow const& a) {
    return a.from == "proxy" && std::any_of(s.clients.begin(), s.clients.end(),
                                            [&](auto const& c) { return c.name == a.to; });
}

// What stood `+X` behind a line that goes stands behind the one above that, so much later.
void take_out(std::vector<arrow>& lines, std::size_t at) {
    auto const gone = lines[at];
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
    if (at == lines.size() || gone.at.what == when::kind::any) return;
    auto& next = lines[at].at;
    if (next.what != when::kind::relative) return;
    next.what = gone.at.what;
    next.from += gone.at.from;
    next.to += gone.at.to;
}

}  // namespace

scenario seen_through(wire_profile const& profile, scenario const& s) {
    auto       seen = s;
    auto const texts = profile.hides_inner_turns ? inner_texts(s) : std::set<std::string>();
    // Where the metadata stands, and whether there is any, is each profile's own business.
    auto const hidden = [&](arrow const& a) {
        if (!to_client(s, a) || a.what.empty()) return false;
        return a.what.front().text == "metadata" ||
               (a.what.size() > 1 && texts.contains(a.what[1].text));
    };
    for (std::size_t i = 0; i < seen.expect.size();)
        if (hidden(seen.expect[i]))
            take_out(seen.expect, i);
        else
            ++i;
    if (profile.tells_turns_apart)
        std::erase_if(seen.never, [&](arrow const& a) {
            return to_client(s, a) && !a.what.empty() && a.what.front().text == "tool";
        });
    return seen;
}

}  // namespace scenario
