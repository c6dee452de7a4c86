#include "scenarios/matrix.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "scenarios/case_words.hpp"

namespace scenario {

namespace {

struct look {
    standing_of is;
    char const* sign;  // in a cell
    char const* sum;   // in the last row
    char const* colour;
};

constexpr std::array looks{look{standing_of::held, "ok", "ok", "\x1b[32m"},
                           look{standing_of::failed, "FAIL", "failed", "\x1b[31m"},
                           look{standing_of::known, "known", "known", "\x1b[33m"},
                           look{standing_of::stale, "STALE", "stale", "\x1b[31m"},
                           look{standing_of::not_applicable, "-", "n/a", ""},
                           look{standing_of::inconclusive, "?", "inconclusive", "\x1b[33m"},
                           look{standing_of::unreadable, "!", "unreadable", "\x1b[31m"}};

look const& look_of(standing_of is) {
    return *std::find_if(looks.begin(), looks.end(), [&](look const& l) { return l.is == is; });
}

std::string why_of(case_result const& c, standing_of is) {
    if (is == standing_of::unreadable) return c.unreadable.substr(0, c.unreadable.find('\n'));
    if (is == standing_of::known || is == standing_of::stale) return c.expected_failure;
    if (is == standing_of::not_applicable) return "needs " + c.unmet.front();
    if (is == standing_of::inconclusive) return c.came.inconclusive;
    if (is == standing_of::held || c.came.objections.empty()) return {};
    auto const& first = c.came.objections.front();
    return (first.check.empty() ? "" : first.check + ": ") + first.problem;
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

std::string escaped(std::string const& text) {
    std::string made;
    for (char const c : text) {
        if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '`' || c == '<') made += '\\';
        made += c == '\n' ? ' ' : c;
    }
    return made;
}

// What the direct connection has shown of the same scenario.
void compare(gateway_matrix& m) {
    auto const direct = std::find(m.gateways.begin(), m.gateways.end(), direct_connection);
    if (direct == m.gateways.end()) return;
    auto const at = static_cast<std::size_t>(direct - m.gateways.begin());
    for (auto& row : m.rows) {
        auto const* without = row.cells[at].of;
        if (without == nullptr || !was_played(*without)) continue;
        auto const frames = frames_of(without->came.events);
        for (auto& cell : row.cells) {
            if (cell.of == nullptr || cell.of == without || !was_played(*cell.of)) continue;
            cell.is_compared = true;
            cell.frames = compared(frames, frames_of(cell.of->came.events));
        }
    }
}

}  // namespace

std::string sign_of(standing_of is) { return look_of(is).sign; }

std::string sum_of(gateway_matrix const& m, std::size_t gateway) {
    std::string text;
    for (auto const& l : looks) {
        auto const count = std::count_if(m.rows.begin(), m.rows.end(), [&](auto const& row) {
            return row.cells[gateway].is == l.is;
        });
        if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + l.sum;
    }
    return text;
}

int gateway_matrix::exit_status() const {
    auto const any = [&](standing_of is) {
        for (auto const& row : rows)
            for (std::size_t i = 0; i < row.cells.size(); ++i)
                if (gateways[i] != direct_connection && row.cells[i].is == is) return true;
        return false;
    };
    if (any(standing_of::unreadable)) return 2;
    if (any(standing_of::failed) || any(standing_of::stale)) return 1;
    return any(standing_of::inconclusive) ? 3 : 0;
}

gateway_matrix matrix_of(std::vector<run_result> const& runs) {
    gateway_matrix                     m;
    std::map<std::string, std::size_t> row_of;
    for (auto const& run : runs) m.gateways.push_back(run.gateway);
    for (std::size_t i = 0; i < runs.size(); ++i)
        for (auto const& c : runs[i].cases) {
            auto const [known, is_new] = row_of.emplace(c.id, m.rows.size());
            if (is_new)
                m.rows.push_back({c.id, c.played ? c.played->title : "", family_of(c),
                                  std::vector<matrix_cell>(runs.size())});
            auto const is = how_it_stands(c);
            m.rows[known->second].cells[i] = {is, why_of(c, is), &c, false, {}};
        }
    std::sort(m.rows.begin(), m.rows.end(),
              [](auto const& a, auto const& b) { return a.id < b.id; });
    compare(m);
    return m;
}

std::string table_of(gateway_matrix const& m, bool colours) {
    std::size_t              first = std::string("scenario").size();
    std::vector<std::size_t> widths;
    for (auto const& row : m.rows) first = std::max(first, row.id.size());
    for (auto const& name : m.gateways) widths.push_back(std::max<std::size_t>(name.size(), 5));
    auto text = padded("scenario", first);
    for (std::size_t i = 0; i < widths.size(); ++i) text += "  " + padded(m.gateways[i], widths[i]);
    text += '\n';
    for (auto const& row : m.rows) {
        text += padded(row.id, first);
        for (std::size_t i = 0; i < widths.size(); ++i) {
            auto const& l = look_of(row.cells[i].is);
            auto const  sign = padded(l.sign, widths[i]);
            text += "  " + (colours && *l.colour != '\0' ? l.colour + sign + "\x1b[0m" : sign);
        }
        text += '\n';
    }
    text += '\n';
    for (std::size_t i = 0; i < widths.size(); ++i)
        text += m.gateways[i] + ": " + sum_of(m, i) + '\n';
    return text;
}

std::string markdown_of(gateway_matrix const& m) {
    std::string text = "| scenario |", rule = "|---|";
    for (auto const& name : m.gateways) {
        text += ' ' + escaped(name) + " |";
        rule += "---|";
    }
    text += '\n' + rule + '\n';
    for (auto const& row : m.rows) {
        text += "| " + escaped(row.id) + " |";
        for (auto const& cell : row.cells) text += std::string(" ") + look_of(cell.is).sign + " |";
        text += '\n';
    }
    text += "| **sum** |";
    for (std::size_t i = 0; i < m.gateways.size(); ++i) text += ' ' + sum_of(m, i) + " |";
    text += "\n";
    for (auto const& row : m.rows)
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            auto const& cell = row.cells[i];
            if (cell.why.empty() || cell.is == standing_of::not_applicable) continue;
            text += "\n- " + escaped(row.id) + ", " + escaped(m.gateways[i]) + ": " +
                    look_of(cell.is).sign + ", " + escaped(cell.why);
        }
    return text + '\n';
}

nlohmann::json json_of(gateway_matrix const& m) {
    using nlohmann::json;
    json all{{"version", 1}, {"gateways", m.gateways}, {"scenarios", json::array()}};
    for (auto const& row : m.rows) {
        json cells = json::object();
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            json cell{{"verdict", word_of(row.cells[i].is)}};
            if (!row.cells[i].why.empty()) cell["why"] = row.cells[i].why;
            if (row.cells[i].is_compared)
                cell["frames_unlike_direct"] = differences(row.cells[i].frames);
            cells[m.gateways[i]] = std::move(cell);
        }
        all["scenarios"].push_back(
            {{"id", row.id}, {"title", row.title}, {"family", row.family}, {"verdicts", cells}});
    }
    return all;
}

}  // namespace scenario
