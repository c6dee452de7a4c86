#include "scenarios/case_words.hpp"

#include <algorithm>

#include "scenarios/report.hpp"

namespace scenario {

std::string_view word_of(standing_of is) {
    switch (is) {
        case standing_of::held:
            return "passed";
        case standing_of::failed:
            return "failed";
        case standing_of::inconclusive:
            return "inconclusive";
        case standing_of::unreadable:
            return "unreadable";
        case standing_of::known:
            return "known";
        case standing_of::stale:
            return "stale";
        case standing_of::not_applicable:
            return "not applicable";
    }
    return {};
}

std::string family_of(case_result const& c) {
    if (c.played && !c.played->families.empty()) return c.played->families.front();
    auto const end = c.id.rfind('/');
    if (end == std::string::npos || end == 0) return "scenario";
    auto const begin = c.id.rfind('/', end - 1);
    return begin == std::string::npos ? c.id.substr(0, end)
                                      : c.id.substr(begin + 1, end - begin - 1);
}

namespace {

// The end of what the gateway itself has said: it often knows best what went wrong.
std::string words_of_gateway(case_result const& c) {
    constexpr int lines_max = 25;
    auto const&   said = c.came.said;
    if (said.empty()) return {};
    std::size_t from = said.size();
    for (int lines = 0; from > 0; --from)
        if (said[from - 1] == '\n' && from < said.size() && ++lines == lines_max) break;
    std::string text = "\nwhat the gateway said itself:\n";
    for (std::size_t at = from; at < said.size();) {
        auto const end = std::min(said.find('\n', at), said.size());
        text += "  | " + said.substr(at, end - at) + '\n';
        at = end + 1;
    }
    return text;
}

std::string report_of(case_result const& c) {
    return report(*c.played, c.came.events, c.came.objections, command_again(c)) +
           words_of_gateway(c);
}

}  // namespace

std::string command_again(case_result const& c) {
    if (!c.came.gateway.empty()) return "lockstep run --verbose --gateway " + c.came.gateway;
    std::string command = "lockstep trace";
    if (c.how.real) command += " --real";
    if (c.how.order == runtime::ready_order::shuffled)
        command += " --seed " + std::to_string(c.how.seed);
    if (c.how.cut) command += " --cut " + std::to_string(*c.how.cut);
    return command;
}

std::string told(case_result const& c) {
    switch (how_it_stands(c)) {
        case standing_of::held:
            return {};
        case standing_of::not_applicable:
            return "not applicable: it needs " + c.unmet.front();
        case standing_of::unreadable:
            return c.unreadable;
        case standing_of::inconclusive:
            return "inconclusive: " + c.came.inconclusive + "\n\n" + report_of(c);
        case standing_of::stale:
            return "holds, but the baseline expects it to fail: " + c.expected_failure +
                   "\n\ntake its line out of the baseline\n";
        case standing_of::known:
        case standing_of::failed:
            return report_of(c);
    }
    return {};
}

}  // namespace scenario
