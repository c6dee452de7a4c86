#include "scenarios/rewrite.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "scenarios/parser_lines.hpp"
#include "scenarios/report.hpp"

namespace scenario {

namespace {

bool begins_section(std::string const& line) {
    return !line.empty() && line.front() != ' ' && line.front() != '\t' && line.front() != '#';
}

bool begins_exact_expectation(std::string const& line) {
    return line.starts_with("expect") && line.find("exactly") != line.npos;
}

std::vector<std::string> filled_lines(std::string const& text) {
    auto lines = lines_of(text);
    while (!lines.empty() && lines.back().empty()) lines.pop_back();
    return lines;
}

bool has_expectation(scenario const& s) {
    return std::any_of(s.lines.begin(), s.lines.end(),
                       [](auto const& line) { return line.starts_with("expect"); });
}

// What it says of one file; true if all is well.
bool rewrite_one(case_result const& c) {
    auto const& s = *c.played;
    if (!s.sweep.axes.empty()) {
        std::printf("left       %s: the instances of a sweep differ\n", c.id.c_str());
        return true;
    }
    if (has_expectation(s) && !s.expect_exactly) {
        std::printf("left       %s: its 'expect' chooses; only 'expect exactly' is rewritten\n",
                    c.id.c_str());
        return true;
    }
    auto const came = play(s, {});
    auto const hangs = std::any_of(came.objections.begin(), came.objections.end(),
                                   [](objection const& o) { return o.check == "hang"; });
    auto const before = read_text(c.path);
    auto const after = rewritten(s, before, came.events);
    if (!hangs && after == before) {
        std::printf("unchanged  %s\n", c.id.c_str());
        return true;
    }
    auto const again = hangs ? came : play(parse(after, c.path), {});
    auto const broken =
        std::any_of(again.objections.begin(), again.objections.end(),
                    [](objection const& o) { return o.check == "expect" || o.check == "hang"; });
    if (broken) {
        std::printf("left       %s: what passed cannot be expected\n\n%s\n", c.id.c_str(),
                    report(s, again.events, again.objections).c_str());
        return false;
    }
    std::ofstream(c.path, std::ios::binary) << after;
    std::printf("rewritten  %s\n", c.id.c_str());
    return true;
}

}  // namespace

std::string rewritten(scenario const& s, std::string const& text,
                      std::vector<runtime::event> const& passed) {
    auto       lines = filled_lines(text);
    auto const fresh = lines_of(transcript(passed));
    auto       at = std::find_if(lines.begin(), lines.end(), begins_exact_expectation);
    if (at == lines.end()) {
        if (has_expectation(s)) return text;
        lines.emplace_back();
        lines.emplace_back("expect exactly");
        at = lines.end() - 1;
    }
    auto end = std::find_if(at + 1, lines.end(), begins_section);
    while (end != at + 1 && ((end - 1)->empty() || (end - 1)->front() == '#')) --end;
    at = lines.erase(at + 1, end);
    lines.insert(at, fresh.begin(), fresh.end());
    std::string out;
    for (auto const& line : lines) out += line + '\n';
    return out;
}

int rewrite(std::vector<case_result> const& cases) {
    int status = 0;
    for (auto const& c : cases) {
        if (!c.played) {
            std::printf("%s\n", c.unreadable.c_str());
            status = 2;
        } else if (!rewrite_one(c)) {
            status = std::max(status, 1);
        }
    }
    return status;
}

}  // namespace scenario
