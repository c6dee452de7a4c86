#include "scenarios/junit.hpp"

#include <cstdio>
#include <map>

#include "scenarios/case_words.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

std::string seconds(std::int64_t nanoseconds) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", static_cast<double>(nanoseconds) / 1e9);
    return text;
}

std::string attribute(char const* name, std::string const& value) {
    return std::string(" ") + name + "=\"" + xml_text(value) + '"';
}

std::string property(char const* name, std::string const& value) {
    return "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
}

struct counts {
    std::size_t  tests = 0;
    std::size_t  failures = 0;
    std::size_t  errors = 0;
    std::size_t  skipped = 0;
    std::int64_t nanoseconds = 0;

    void add(case_result const& c) {
        ++tests;
        nanoseconds += c.nanoseconds;
        auto const m = how_it_stands(c);
        if (m == standing_of::failed || m == standing_of::stale) ++failures;
        if (m == standing_of::unreadable) ++errors;
        if (m == standing_of::inconclusive || m == standing_of::known ||
            m == standing_of::not_applicable)
            ++skipped;
    }

    std::string attributes() const {
        return attribute("tests", std::to_string(tests)) +
               attribute("failures", std::to_string(failures)) +
               attribute("errors", std::to_string(errors));
    }
};

// "came late: came 60s after the line above"
std::string first_problem(case_result const& c) {
    if (c.came.objections.empty()) return "holds, but the baseline expects it to fail";
    auto const& o = c.came.objections.front();
    return o.check + ": " + o.problem + (o.detail.empty() ? "" : ": " + o.detail);
}

std::string first_line(std::string const& text) { return text.substr(0, text.find('\n')); }

std::string problem_element(char const* name, std::string const& message, std::string const& type,
                            std::string const& text) {
    auto element = std::string("      <") + name + attribute("message", message);
    if (!type.empty()) element += attribute("type", type);
    return text.empty() ? element + "/>\n" : element + '>' + xml_text(text) + "</" + name + ">\n";
}

std::string problem_of(case_result const& c) {
    switch (how_it_stands(c)) {
        case standing_of::held:
            return {};
        case standing_of::known:
            return problem_element("skipped", "known failure: " + c.expected_failure, {}, {});
        case standing_of::inconclusive:
            return problem_element("skipped", "inconclusive: " + c.came.inconclusive, {}, {});
        case standing_of::not_applicable:
            return problem_element("skipped", told(c), {}, {});
        case standing_of::unreadable:
            return problem_element("error", first_line(c.unreadable), "unreadable", c.unreadable);
        case standing_of::failed:
        case standing_of::stale: {
            auto const type =
                c.came.objections.empty() ? "baseline" : c.came.objections.front().check;
            return problem_element("failure", first_problem(c), type, told(c));
        }
    }
    return {};
}

std::string test_case(std::string const& family, case_result const& c) {
    auto const head = "    <testcase" + attribute("name", c.id) + attribute("classname", family) +
                      attribute("time", seconds(c.nanoseconds)) + attribute("file", c.path);
    // What failed is told first: many readers stop at a known element.
    auto text = problem_of(c);
    if (c.played && c.played->title != c.played->name)
        text += "      <system-out>" + xml_text(c.played->title) + "</system-out>\n";
    return text.empty() ? head + "/>\n" : head + ">\n" + text + "    </testcase>\n";
}

// How the cases of a family were played; nothing where they differ.
std::string properties(run_result const& run, std::vector<case_result const*> const& cases) {
    std::string seed, cut;
    for (auto const* c : cases) {
        auto const& how = c->how;
        if (how.order == runtime::ready_order::shuffled) seed = std::to_string(how.seed);
        if (how.cut) cut = std::to_string(*how.cut);
    }
    auto text = property("world", run.real ? "real" : "simulated");
    text += property("gateway", run.gateway);
    if (!seed.empty()) text += property("seed", seed);
    if (!cut.empty()) text += property("cut", cut);
    return "    <properties>\n" + text + "    </properties>\n";
}

}  // namespace

std::string xml_text(std::string_view bytes) {
    auto const  text = wire::to_utf8(bytes);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";  // "]]>" may not stand in text
        else if (c == '"')
            out += "&quot;";
        else if (c == '\n' || c == '\t')
            out += c == '\n' ? "&#10;" : "&#9;";  // in an attribute they would become blanks
        else if (c < 0x20 || c == 0x7f)
            out.append("\xe2\x90") += static_cast<char>(c == 0x7f ? 0xa1 : 0x80 + c);
        else if (text.compare(i, 2, "\xef\xbf") == 0 && i + 2 < text.size() &&
                 static_cast<unsigned char>(text[i + 2]) >= 0xbe) {
            out += "\xef\xbf\xbd";  // U+FFFE and U+FFFF are no characters of XML
            i += 2;
        } else {
            out += static_cast<char>(c);
        }
    }
    return out;
}

std::string junit(run_result const& run) {
    std::vector<std::string>                               order;
    std::map<std::string, std::vector<case_result const*>> suites;
    counts                                                 all;
    for (auto const& c : run.cases) {
        auto const family = family_of(c);
        if (!suites.contains(family)) order.push_back(family);
        suites[family].push_back(&c);
        all.add(c);
    }

    auto text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
                attribute("name", "lockstep") + all.attributes() +
                attribute("time", seconds(run.nanoseconds)) + ">\n";
    for (auto const& family : order) {
        auto const& cases = suites.at(family);
        counts      of_family;
        for (auto const* c : cases) of_family.add(*c);
        text += "  <testsuite" + attribute("name", family) + of_family.attributes() +
                attribute("skipped", std::to_string(of_family.skipped)) +
                attribute("time", seconds(of_family.nanoseconds)) + ">\n";
        text += properties(run, cases);
        for (auto const* c : cases) text += test_case(family, *c);
        text += "  </testsuite>\n";
    }
    return text + "</testsuites>\n";
}

}  // namespace scenario
