#include <cstdio>

#include "scenarios/junit.hpp"
#include "scenarios/mcp_examination.hpp"

namespace scenario {

namespace {

char const* word_of(mcp_verdict v) {
    switch (v) {
        case mcp_verdict::pass:
            return "pass";
        case mcp_verdict::fail:
            return "FAIL";
        case mcp_verdict::warning:
            return "warning";
        case mcp_verdict::untried:
            return "untried";
        case mcp_verdict::unjudged:
            return "unjudged";
    }
    return "";
}

char const* word_of(mcp_level l) {
    return l == mcp_level::must ? "MUST" : l == mcp_level::should ? "SHOULD" : "practice";
}

// A rule that is broken at every event needs not be told so at every event.
std::string breaches_of(mcp_result const& r, char const* indent) {
    std::string       text;
    std::size_t const count = r.finding.breaches().size();
    for (std::size_t i = 0; i < count && i < 3; ++i)
        text += indent + r.finding.breaches()[i].place + ": " + r.finding.breaches()[i].fact + '\n';
    if (count > 3) text += indent + std::string("and ") + std::to_string(count - 3) + " more\n";
    return text;
}

}  // namespace

std::vector<mcp_result> judge_rules(mcp_conversation const& c) {
    std::vector<mcp_result> all;
    for (auto const& rule : mcp_rules()) {
        mcp_result r;
        r.rule = &rule;
        if (rule.is_examined()) {
            rule.by.server(c, r.finding);
            bool const broken = !r.finding.breaches().empty();
            r.verdict = !r.finding.tried()              ? mcp_verdict::untried
                        : !broken                       ? mcp_verdict::pass
                        : rule.level == mcp_level::must ? mcp_verdict::fail
                                                        : mcp_verdict::warning;
        }
        all.push_back(std::move(r));
    }
    return all;
}

std::string mcp_report(std::vector<mcp_result> const& results, bool all) {
    std::string text;
    int         counts[5] = {};
    for (auto const& r : results) {
        ++counts[static_cast<int>(r.verdict)];
        bool const broken = r.verdict == mcp_verdict::fail || r.verdict == mcp_verdict::warning;
        if (!broken && (!all || r.verdict == mcp_verdict::unjudged)) continue;
        char line[300];
        std::snprintf(line, sizeof line, "%-8s %-4s %-9s %s\n", word_of(r.verdict), r.rule->id,
                      word_of(r.rule->level), r.rule->rule);
        text += line + breaches_of(r, "                        ");
    }
    char sum[200];
    std::snprintf(sum, sizeof sum,
                  "\n%d passed, %d failed, %d warnings, %d could not be tried (%d rules are not "
                  "examined: lockstep list mcp-rules)\n",
                  counts[0], counts[1], counts[2], counts[3], counts[4]);
    return text + sum;
}

std::string mcp_junit(std::vector<mcp_result> const& results, std::string const& server) {
    std::string cases;
    int         tests = 0, failures = 0, skipped = 0;
    for (auto const& r : results) {
        if (r.verdict == mcp_verdict::unjudged) continue;
        ++tests;
        auto const name = std::string(r.rule->id) + ' ' + r.rule->rule;
        cases += "    <testcase name=\"" + xml_text(name) + "\" classname=\"check-mcp\" time=\"0\"";
        auto const said = xml_text(breaches_of(r, ""));
        if (r.verdict == mcp_verdict::fail) {
            ++failures;
            cases += ">\n      <failure message=\"" + xml_text(r.finding.breaches()[0].fact) +
                     "\" type=\"MUST\">" + said + "</failure>\n    </testcase>\n";
        } else if (r.verdict == mcp_verdict::untried) {
            ++skipped;
            cases += ">\n      <skipped message=\"could not be tried\"/>\n    </testcase>\n";
        } else if (r.verdict == mcp_verdict::warning) {
            cases += ">\n      <system-out>warning: " + said + "</system-out>\n    </testcase>\n";
        } else {
            cases += "/>\n";
        }
    }
    auto const counts = "tests=\"" + std::to_string(tests) + "\" failures=\"" +
                        std::to_string(failures) + "\" errors=\"0\"";
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lockstep check-mcp\" " +
           counts + " time=\"0\">\n  <testsuite name=\"" + xml_text(server) + "\" " + counts +
           " skipped=\"" + std::to_string(skipped) + "\" time=\"0\">\n" + cases +
           "  </testsuite>\n</testsuites>\n";
}

}  // namespace scenario
