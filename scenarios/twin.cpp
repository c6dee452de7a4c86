#include "scenarios/twin.hpp"

#include <algorithm>

#include "wire/json_members.hpp"

namespace scenario {

namespace {

// Said in a stream and in a whole answer alike.
bool has_both_forms(mock::provider_step const& s) {
    using enum mock::provider_verb;
    switch (s.verb) {
        case text:
        case thinking:
        case refusal:
        case tool:
        case usage:
        case finish:
        case comment:
        case header:
        case status:
            return true;
        default:
            return false;
    }
}

bool speaks_in_both_forms(mock::provider_script const& p) {
    return std::all_of(p.turns.begin(), p.turns.end(), [](mock::turn const& t) {
        return std::all_of(t.steps.begin(), t.steps.end(), has_both_forms);
    });
}

bool asks_a_model(std::string const& path) {
    return path.ends_with("/chat/completions") || path.ends_with("/responses") ||
           path.ends_with("/messages");
}

// False: this step has no other form.
bool flip(client_step& s) {
    if (s.verb == client_verb::ask) {
        auto const unstreamed = std::find(s.options.begin(), s.options.end(), "unstreamed");
        if (unstreamed != s.options.end())
            s.options.erase(unstreamed);
        else
            s.options.emplace_back("unstreamed");
        return true;
    }
    if (s.verb != client_verb::post || !asks_a_model(s.text)) return false;
    auto body = wire::read_ordered_json(s.body);
    if (!body.is_object()) return false;
    auto const stream = body.find("stream");
    bool const streamed = stream != body.end() && *stream == true;
    body["stream"] = !streamed;
    if (streamed) body.erase("stream_options");  // only streams may have them
    s.body = body.dump();
    return true;
}

// A denied or wanted approval is told in each endpoint's own way.
bool is_asked_over_chat(client_step const& s) {
    auto const is_own = [](std::string const& o) {
        return o.starts_with("approval") || o == "continued" ||
               (o.starts_with("over ") && o != "over chat");
    };
    return s.verb == client_verb::ask && std::none_of(s.options.begin(), s.options.end(), is_own);
}

bool hangs_on_the_way(scenario const& s) {
    return !s.network.empty() || !s.mock_waits.empty() || s.clients.empty();
}

}  // namespace

std::optional<scenario> twin_of(scenario const& s) {
    if (hangs_on_the_way(s)) return {};
    if (!std::all_of(s.providers.begin(), s.providers.end(), speaks_in_both_forms)) return {};
    scenario twin = s;
    for (auto& client : twin.clients)
        for (auto& step : client.steps)
            if (!flip(step)) return {};
    return twin;
}

std::optional<scenario> sister_of(scenario const& s, std::string const& endpoint) {
    if (hangs_on_the_way(s)) return {};
    scenario sister = s;
    for (auto& client : sister.clients)
        for (auto& step : client.steps) {
            if (!is_asked_over_chat(step)) return {};
            std::erase(step.options, "over chat");
            step.options.push_back("over " + endpoint);
        }
    return sister;
}

}  // namespace scenario
