#include <algorithm>
#include <set>

#include "scenarios/case_words.hpp"
#include "scenarios/matrix.hpp"
#include "scenarios/report.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

// Of a body of a megabyte nobody reads more, nor of a story in ten thousand pieces.
constexpr std::size_t line_max = 600;
constexpr std::size_t lines_max = 4000;

constexpr char style[] = R"(
:root { color-scheme: light dark; --line: light-dark(#dfdbd2, #30353c);
  --bg: light-dark(#f7f6f3, #131518); --panel: light-dark(#fffefc, #1a1d21);
  --ink: light-dark(#1d2126, #e6e3dd); --dim: light-dark(#5c636d, #9ba2ac);
  --pass: light-dark(#1a7041, #67cc91); --fail: light-dark(#b0241c, #ff8f84);
  --warn: light-dark(#855600, #e9b753); --accent: light-dark(#1c5d99, #82bbed); }
body { margin: 0 auto; padding: 24px; max-width: 1400px; background: var(--bg); color: var(--ink);
  font: 14px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 20px; } h2 { font-size: 15px; margin: 28px 0 6px; } p { margin: 4px 0; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); }
.dim { color: var(--dim); }
table { border-collapse: collapse; background: var(--panel); width: 100%; }
th, td { border: 1px solid var(--line); padding: 3px 9px; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: var(--panel); }
td.cell { text-align: center; white-space: nowrap; } th.family { background: var(--bg); }
.passed, .passed a { color: var(--pass); }
.failed, .failed a, .stale a, .unreadable { color: var(--fail); font-weight: 650; }
.known, .known a, .inconclusive, .inconclusive a { color: var(--warn); }
.not-applicable { color: var(--dim); }
pre, td.frame { font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
pre { overflow-x: auto; background: var(--panel); border: 1px solid var(--line); padding: 10px; }
td.frame { overflow-wrap: anywhere; width: 46%; }
tr.changed td, tr.only { background: light-dark(#fcebe9, #38201f); }
)";

std::string escaped(std::string_view text) {
    std::string made;
    for (char const c : text) {
        if (c == '<')
            made += "&lt;";
        else if (c == '>')
            made += "&gt;";
        else if (c == '&')
            made += "&amp;";
        else if (c == '"')
            made += "&quot;";
        else
            made += c;
    }
    // What is no UTF-8 becomes a sign that says so; what JSON may hold, a page may.
    return wire::read_json(
               nlohmann::json(made).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
        .get<std::string>();
}

std::string shortened(std::string const& text) {
    if (text.size() <= line_max) return text;
    return text.substr(0, line_max) + "... (" + std::to_string(text.size() - line_max) +
           " bytes more)";
}

// Each line no longer than anybody reads, and as many lines.
std::string excerpt(std::string const& text) {
    std::string made;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
        auto const end = std::min(text.find('\n', at), text.size());
        if (lines < lines_max) made += shortened(text.substr(at, end - at)) + '\n';
        at = end + 1;
    }
    if (lines > lines_max) made += "... and " + std::to_string(lines - lines_max) + " lines more\n";
    return made;
}

std::string page(std::string const& title, std::string const& body) {
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
           "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
           escaped(title) + "</title><style>" + style + "</style></head><body>\n<h1>" +
           escaped(title) + "</h1>\n" + body + "</body></html>\n";
}

std::string class_of(standing_of is) {
    std::string word(word_of(is));
    std::replace(word.begin(), word.end(), ' ', '-');
    return word;
}

// "litellm/seed.seed_request.html": names that every file system bears, no two alike.
class cell_names {
public:
    std::string name(std::string const& gateway, std::string const& id) {
        auto const whole = plain(gateway) + '/' + plain(id);
        auto       name = whole;
        for (int n = 2; !taken_.insert(name).second; ++n) name = whole + '-' + std::to_string(n);
        return name + ".html";
    }

private:
    static std::string plain(std::string text) {
        constexpr std::size_t length_max = 150;
        for (char& c : text) {
            bool const is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                                  (c >= 'A' && c <= 'Z') || c == '.' || c == '-' || c == '_';
            if (!is_plain) c = c == '/' ? '.' : '-';
        }
        if (text.empty() || text.front() == '.') text.insert(0, "_");
        return text.substr(0, length_max);
    }

    std::set<std::string> taken_;
};

std::string frames_table(matrix_cell const& cell, std::string const& gateway) {
    using enum frame_pair::kind;
    if (!cell.is_compared)
        return gateway == direct_connection
                   ? std::string()
                   : "<p class=\"dim\">There is no direct connection to compare it with.</p>\n";
    auto const  count = differences(cell.frames);
    std::string text = "<p>" + std::to_string(count) + " of " + std::to_string(cell.frames.size()) +
                       " frames differ" +
                       (count == 0 ? "" : "; <code>id</code> and <code>created</code> apart") +
                       ".</p>\n<table><thead><tr><th>direct</th><th></th><th>" + escaped(gateway) +
                       "</th></tr></thead><tbody>\n";
    for (std::size_t i = 0; i < cell.frames.size() && i < lines_max; ++i) {
        auto const& pair = cell.frames[i];
        bool const  is_alone = pair.is == only_left || pair.is == only_right;
        text += std::string("<tr class=\"") +
                (is_alone             ? "only"
                 : pair.is == changed ? "changed"
                                      : "same") +
                "\"><td class=\"frame\">" + escaped(shortened(pair.left)) + "</td><td>" +
                (is_alone ? (pair.is == only_left ? "is missing" : "is new")
                          : escaped(shortened(pair.what))) +
                "</td><td class=\"frame\">" + escaped(shortened(pair.right)) + "</td></tr>\n";
    }
    return text + "</tbody></table>\n";
}

std::string cell_page(matrix_row const& row, matrix_cell const& cell, std::string const& gateway) {
    auto const& c = *cell.of;
    auto body = "<p><a href=\"../index.html\">all gateways</a></p>\n<p>" + escaped(row.title) +
                "</p>\n<p class=\"" + class_of(cell.is) + "\">" + std::string(word_of(cell.is)) +
                (cell.why.empty() ? "" : ": " + escaped(cell.why)) + "</p>\n";
    if (auto const words = told(c); !words.empty())
        body += "<h2>What was found</h2>\n<pre>" + escaped(excerpt(words)) + "</pre>\n";
    body += "<h2>Frames of the client, beside those without a gateway</h2>\n" +
            frames_table(cell, gateway) + "<h2>All that passed</h2>\n<pre>" +
            escaped(excerpt(transcript(c.came.events, true))) + "</pre>\n";
    if (!c.came.said.empty())
        body += "<h2>What the gateway said itself</h2>\n<pre>" + escaped(excerpt(c.came.said)) +
                "</pre>\n";
    return page(row.id + ", " + gateway, body);
}

std::string legend() {
    return "<p class=\"dim\">ok: it holds; FAIL: it does not; known: it does not, as the baseline "
           "says; STALE: it holds although the baseline says that it fails; -: not applicable; "
           "?: inconclusive, the machine stood still; !: unreadable.</p>\n";
}

}  // namespace

std::map<std::string, std::string> pages_of(gateway_matrix const& m) {
    std::map<std::string, std::string> pages;
    cell_names                         names;
    auto                               body = legend() + "<table><thead><tr><th>scenario</th>";
    for (std::size_t i = 0; i < m.gateways.size(); ++i)
        body += "<th>" + escaped(m.gateways[i]) + "<br><span class=\"dim\">" + sum_of(m, i) +
                "</span></th>";
    body += "</tr></thead><tbody>\n";
    std::string folder;
    for (auto const& row : m.rows) {
        if (auto const of = row.id.substr(0, row.id.find('/')); of != folder) {
            folder = of;
            body += "<tr><th class=\"family\" colspan=\"" + std::to_string(m.gateways.size() + 1) +
                    "\">" + escaped(folder) + "</th></tr>\n";
        }
        body += "<tr><td title=\"" + escaped(row.title) + "\">" + escaped(row.id) + "</td>";
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
            auto const& cell = row.cells[i];
            body +=
                "<td class=\"cell " + class_of(cell.is) + "\" title=\"" + escaped(cell.why) + "\">";
            if (cell.of != nullptr && was_played(*cell.of)) {
                auto const name = names.name(m.gateways[i], row.id);
                pages[name] = cell_page(row, cell, m.gateways[i]);
                body += "<a href=\"" + name + "\">" + sign_of(cell.is) + "</a>";
                if (auto const count = differences(cell.frames); count > 0)
                    body += " <span class=\"dim\">&ne;" + std::to_string(count) + "</span>";
            } else {
                body += sign_of(cell.is);
            }
            body += "</td>";
        }
        body += "</tr>\n";
    }
    pages["index.html"] = page("Scenarios by gateways", body + "</tbody></table>\n");
    return pages;
}

}  // namespace scenario
