#include "scenarios/case_words.hpp"

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

std::string told(case_result const& c) {
    switch (how_it_stands(c)) {
        case standing_of::held:
            return {};
        case standing_of::unreadable:
            return c.unreadable;
        case standing_of::inconclusive:
            return "inconclusive: " + c.came.inconclusive + "\n\n" +
                   report(*c.played, c.came.events, c.came.objections);
        case standing_of::stale:
            return "holds, but the baseline expects it to fail: " + c.expected_failure +
                   "\n\ntake its line out of the baseline\n";
        case standing_of::known:
        case standing_of::failed:
            return report(*c.played, c.came.events, c.came.objections);
    }
    return {};
}

}  // namespace scenario
