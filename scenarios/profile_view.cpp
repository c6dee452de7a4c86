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

// Who asks for whole answers, and for nothing else.
bool asks_unstreamed(client_script const& c) {
    return std::any_of(c.steps.begin(), c.steps.end(),
                       [](auto const& step) { return step.verb == client_verb::ask; }) &&
           std::all_of(c.steps.begin(), c.steps.end(), [](auto const& step) {
               return step.verb != client_verb::ask ||
                      std::find(step.options.begin(), step.options.end(), "unstreamed") !=
                          step.options.end();
           });
}

// From the front of what a whole answer says, what its inner turns have said.
void leave_last_turn(scenario const& s, std::set<std::string> const& inner, arrow& a) {
    bool const whole = std::any_of(s.clients.begin(), s.clients.end(), [&](auto const& c) {
        return c.name == a.to && asks_unstreamed(c);
    });
    if (!whole || !to_client(s, a) || a.what.size() < 2 || a.what.front().text != "text") return;
    auto& said = a.what[1].text;
    for (bool again = true; again;) {
        again = false;
        for (auto const& text : inner)
            if (!text.empty() && said.size() > text.size() && said.starts_with(text)) {
                said.erase(0, text.size());
                again = true;
            }
    }
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
    auto const inner = inner_texts(s);
    auto const texts = profile.hides_inner_turns ? inner : std::set<std::string>();
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
    if (profile.tells_last_turn_whole)
        for (auto& line : seen.expect) leave_last_turn(s, inner, line);
    if (profile.tells_turns_apart)
        std::erase_if(seen.never, [&](arrow const& a) {
            return to_client(s, a) && !a.what.empty() && a.what.front().text == "tool";
        });
    return seen;
}

}  // namespace scenario
