#include "scenarios/coverage.hpp"

#include <algorithm>
#include <map>

#include "scenarios/parser_lines.hpp"
#include "scenarios/token.hpp"

namespace scenario {

namespace {

constexpr std::string_view excuse = "not covered:";

std::string trimmed(std::string const& text) {
    auto const begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

}  // namespace

coverage_state state_of(coverage_row const& row) {
    if (row.by.empty())
        return row.reason.empty() ? coverage_state::missing : coverage_state::excused;
    return row.reason.empty() ? coverage_state::covered : coverage_state::stale;
}

std::vector<coverage_row> read_coverage(std::string const& text, std::string const& path) {
    std::vector<coverage_row>  rows;
    std::map<std::string, int> known;
    int                        number = 0;
    for (auto const& line : lines_of(text)) {
        ++number;
        auto const words = trimmed(line);
        if (words.empty() || words.front() == '#') continue;
        auto const refuse = [&](std::string problem, std::string hint) {
            auto const column = column_at(line, line.find_first_not_of(" \t"));
            throw syntax_error(path, line,
                               {number, column,
                                static_cast<int>(words.find_first_of(" \t") == words.npos
                                                     ? words.size()
                                                     : words.find_first_of(" \t"))},
                               std::move(problem), std::move(hint));
        };
        if (line.front() != ' ') {
            auto const   end = std::min(words.find_first_of(" \t"), words.size());
            coverage_row row{words.substr(0, end), trimmed(words.substr(end)), {}, {}};
            if (row.situation.empty())
                refuse("the situation is missing", "the form is: owner/repo#17  a few words");
            auto const [entry, is_new] = known.emplace(row.link, number);
            if (!is_new)
                refuse("'" + row.link + "' stands here twice",
                       "the first is in line " + std::to_string(entry->second));
            rows.push_back(std::move(row));
            continue;
        }
        if (rows.empty() || !words.starts_with(excuse) || !rows.back().reason.empty())
            refuse("this line is no reason", "below a link: not covered: REASON");
        rows.back().reason = trimmed(words.substr(excuse.size()));
        if (rows.back().reason.empty()) refuse("the reason is missing", "not covered: REASON");
    }
    return rows;
}

void cover(std::vector<coverage_row>& rows, std::vector<scenario> const& all) {
    std::multimap<std::string, std::string> by_link;
    for (auto const& s : all)
        for (auto const& link : s.links) by_link.emplace(link, s.id());
    for (auto& row : rows) {
        auto const [begin, end] = by_link.equal_range(row.link);
        for (auto at = begin; at != end; ++at) row.by.push_back(at->second);
    }
}

}  // namespace scenario
