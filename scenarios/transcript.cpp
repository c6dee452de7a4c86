#include "scenarios/transcript.hpp"

#include <algorithm>

#include "scenarios/report.hpp"
#include "scenarios/token.hpp"

namespace scenario {

namespace {

std::size_t width_of(std::string const& text) {
    return static_cast<std::size_t>(column_at(text, text.size()) - 1);
}

std::string blanks(std::string const& text, std::size_t width) {
    return std::string(width - width_of(text), ' ');
}

}  // namespace

transcript_row row_of(runtime::event const& e) {
    return {' ', runtime::to_text(e.at.time_since_epoch()), e.from, e.to,
            e.words.empty() ? e.verb : e.verb + " " + e.words};
}

std::string aligned(std::vector<transcript_row> const& rows, std::size_t gap) {
    std::size_t time = 0, from = 0, to = 0;
    for (auto const& row : rows) {
        time = std::max(time, width_of(row.time));
        from = std::max(from, width_of(row.from));
        to = std::max(to, width_of(row.to));
    }
    std::string text;
    for (auto const& row : rows) {
        auto line = std::string("  ") + row.mark + " " + blanks(row.time, time) + row.time +
                    std::string(gap, ' ') + row.from + blanks(row.from, from) + " -> " + row.to +
                    blanks(row.to, to) + "  " + row.what;
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string transcript(std::vector<runtime::event> const& events, bool all) {
    std::vector<transcript_row> rows;
    for (auto const& e : events) {
        if (e.quiet && !all) continue;
        rows.push_back(row_of(e));
        // Raw bytes of a quiet event would break the line.
        if (e.quiet && !e.words.empty()) rows.back().what = e.verb + " " + runtime::quoted(e.words);
    }
    return aligned(rows, 2);
}

}  // namespace scenario
