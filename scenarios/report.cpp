#include "scenarios/report.hpp"

#include <algorithm>
#include <cstddef>

#include "scenarios/token.hpp"
#include "scenarios/transcript.hpp"

namespace scenario {

namespace {

// More objections than this bury the first, and the first is the one that counts.
constexpr std::size_t told_max = 5;
// Lines of the transcript around a break.
constexpr std::size_t before_max = 4;
constexpr std::size_t after_max = 3;
// Of raw bytes, so much is shown.
constexpr std::size_t raw_max = 100;

std::string numbered(std::string const& number, std::string const& text) {
    return "  " + number + " | " + text + "\n";
}

// The line with the one above it, and a caret with the detail.
std::string place_text(scenario const& s, objection const& o) {
    auto const        index = static_cast<std::size_t>(o.where.line) - 1;
    std::string const number = std::to_string(o.where.line);
    std::string       text = s.path + ":" + number + ": " + o.problem + "\n\n";
    if (index >= s.lines.size()) return text;

    if (index > 0 && s.lines[index - 1].find_first_not_of(" \t") != std::string::npos) {
        auto above = std::to_string(o.where.line - 1);
        above.insert(0, number.size() - above.size(), ' ');
        text += numbered(above, s.lines[index - 1]);
    }
    text += numbered(number, s.lines[index]);

    auto const  column = static_cast<std::size_t>(std::max(1, o.where.column));
    auto const  width = static_cast<std::size_t>(std::max(1, o.where.width));
    std::string pad;
    for (char const c : s.lines[index]) {
        if (pad.size() + 1 >= column) break;
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) pad += c == '\t' ? '\t' : ' ';
    }
    auto caret = pad + std::string(width, '^');
    if (!o.detail.empty()) caret += "   " + o.detail;
    return text + numbered(std::string(number.size(), ' '), caret);
}

std::string check_text(objection const& o) {
    auto text = "check " + o.check + ": " + o.problem + "\n";
    if (!o.detail.empty()) text += "\n  " + o.detail + "\n";
    return text;
}

bool is_expectation(objection const& o) { return o.check == "expect" || o.check == "never"; }

// "openai -> proxy  text "deep: "" back into its columns.
transcript_row expected_row(objection const& o) {
    transcript_row row{'-', o.expected_at ? runtime::to_text(*o.expected_at) : "*", {}, {}, {}};
    auto const     arrow = o.expected.find(" -> ");
    auto const     gap = o.expected.find("  ", arrow);
    row.from = o.expected.substr(0, arrow);
    row.to = o.expected.substr(arrow + 4, gap - arrow - 4);
    row.what = o.expected.substr(gap + 2);
    return row;
}

transcript_row marked_row(runtime::event const& e, char mark) {
    auto row = row_of(e);
    row.mark = mark;
    if (e.quiet && !e.words.empty()) {
        bool const cut = e.words.size() > raw_max;
        row.what = e.verb + " " + runtime::quoted(e.words.substr(0, raw_max)) + (cut ? "..." : "");
    }
    return row;
}

// Where a line that never came would stand: as the trace was at its time.
std::size_t place_of_missing(objection const& o, std::vector<runtime::event> const& events) {
    auto index = o.after ? *o.after + 1 : 0;
    if (o.expected_at)
        while (index < events.size() && events[index].at.time_since_epoch() <= *o.expected_at)
            ++index;
    return index;
}

// The transcript around the break, the broken line as a diff.
std::string passed_text(objection const& o, std::vector<runtime::event> const& events) {
    if (!o.event && o.expected.empty()) return {};
    bool const        has_event = o.event && *o.event < events.size();
    std::size_t const center = has_event ? *o.event : place_of_missing(o, events);

    std::vector<transcript_row> rows;
    for (auto i = center; i-- > 0 && rows.size() < before_max;)
        if (!events[i].quiet) rows.push_back(row_of(events[i]));
    std::reverse(rows.begin(), rows.end());
    if (!o.expected.empty()) rows.push_back(expected_row(o));
    if (has_event) rows.push_back(marked_row(events[center], is_expectation(o) ? '+' : '>'));

    std::size_t shown = 0;
    for (auto i = has_event ? center + 1 : center; i < events.size() && shown < after_max; ++i) {
        if (events[i].quiet) continue;
        rows.push_back(row_of(events[i]));
        ++shown;
    }
    return "\nwhat passed:\n" + aligned(rows, 3);
}

}  // namespace

std::string report(scenario const& s, std::vector<runtime::event> const& events,
                   std::vector<objection> const& objections, std::string const& again) {
    auto text = "FAILED  " + s.title + "\n";
    for (std::size_t i = 0; i < objections.size() && i < told_max; ++i) {
        auto const& o = objections[i];
        text += "\n" + (o.where.line > 0 ? place_text(s, o) : check_text(o));
        text += passed_text(o, events);
    }
    if (objections.size() > told_max)
        text += "\nand " + std::to_string(objections.size() - told_max) + " more\n";
    return text + "\nsee all of it:  " + (again.empty() ? "lockstep trace" : again) + ' ' +
           s.address() + "\n";
}

}  // namespace scenario
