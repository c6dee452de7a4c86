#include "scenarios/html_report.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "scenarios/case_words.hpp"
#include "scenarios/spans.hpp"
#include "wire/json_members.hpp"

namespace scenario {

namespace {

using nlohmann::json;

// Of a body of a megabyte nobody reads more; the trace file has all of it.
constexpr std::size_t words_max = 2000;
constexpr std::size_t raw_max = 200;

std::string shortened(std::string const& text, std::size_t most) {
    if (text.size() <= most) return text;
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end) + "... (" + std::to_string(text.size() - end) + " bytes more)";
}

// "5:1: 'provder' is not a section": the path stands elsewhere.
std::string first_line_of(case_result const& c) {
    auto const line = c.unreadable.substr(0, c.unreadable.find('\n'));
    return line.starts_with(c.path + ":") ? line.substr(c.path.size() + 1) : line;
}

char const* name_of(std::optional<role> r) {
    if (!r) return "other";
    switch (*r) {
        case role::client:
            return "client";
        case role::gateway:
            return "gateway";
        case role::provider:
            return "provider";
        case role::mcp_server:
            return "MCP server";
    }
    return {};
}

// One scenario for the page. Quiet events are left out, but those that somebody objects to: the
// places of all others are counted anew.
class page_case {
public:
    explicit page_case(case_result const& c) : case_(c), came_(c.came) {}

    json made() {
        json out{{"id", case_.id},
                 {"family", family_of(case_)},
                 {"mark", word_of(how_it_stands(case_))},
                 {"path", case_.path},
                 {"took", case_.nanoseconds}};
        if (!case_.expected_failure.empty()) out["baseline"] = case_.expected_failure;
        if (!was_played(case_)) {
            out["title"] = first_line_of(case_);
            out["unreadable"] = case_.unreadable;
            return out;
        }
        auto const& s = *case_.played;
        out["title"] = s.title;
        out["length"] = came_.length.count();
        if (!came_.inconclusive.empty()) out["inconclusive"] = came_.inconclusive;
        out["families"] = s.families;
        out["links"] = s.links;
        out["lines"] = s.lines;
        out["how"] = how();
        add_actors(out);
        add_events(out);
        add_expectation(out);
        add_objections(out);
        return out;
    }

private:
    json how() const {
        json h{{"real", case_.how.real}};
        if (case_.how.order == runtime::ready_order::shuffled) h["seed"] = case_.how.seed;
        if (case_.how.cut) h["cut"] = *case_.how.cut;
        return h;
    }

    void add_actors(json& out) {
        auto& all = out["actors"] = json::array();
        for (auto const& a : actors_of(*case_.played, came_.events)) {
            actor_at_.emplace(a.name, actor_at_.size());
            all.push_back(json::array({a.name, name_of(a.plays)}));
        }
    }

    void add_events(json& out) {
        std::vector<bool> wanted(came_.events.size());
        for (auto const& e : came_.events) wanted[e.number] = !e.quiet;
        for (auto const& o : came_.objections)
            if (o.event && *o.event < wanted.size()) wanted[*o.event] = true;

        auto& all = out["events"] = json::array();
        for (auto const& e : came_.events) {
            shown_at_.push_back(all.size());
            if (!wanted[e.number]) continue;
            auto const words = e.quiet && !e.words.empty()
                                   ? runtime::quoted(shortened(e.words, raw_max))
                                   : shortened(e.words, words_max);
            all.push_back(
                json::array({e.at.time_since_epoch().count(), actor_at_.at(e.from),
                             actor_at_.at(e.to), e.verb, words, e.exchange, e.quiet ? 1 : 0}));
        }
        out["quiet"] = came_.events.size() - all.size();

        auto& spans = out["spans"] = json::array();
        for (auto const& s : spans_of(came_.events)) {
            if (all.empty()) break;
            auto const last = std::min(shown_at_[s.end], all.size() - 1);
            spans.push_back(json::array({actor_at_.at(s.actor), std::min(shown_at_[s.begin], last),
                                         last, shortened(s.label, raw_max)}));
        }
    }

    void add_expectation(json& out) {
        auto const& s = *case_.played;
        auto const  meetings = met(s, came_.events, came_.slack);
        auto&       lines = out["expect"] = json::array();
        for (std::size_t i = 0; i < s.expect.size(); ++i) {
            json line = json::array({s.expect[i].where.line});
            if (i < meetings.size()) line.push_back(shown_at_[meetings[i]]);
            lines.push_back(std::move(line));
        }
        out["exactly"] = s.expect_exactly;
        auto& never = out["never"] = json::array();
        for (auto const& a : s.never) never.push_back(a.where.line);
    }

    // "proxy -> client  text "deep: "" as [from, to, what].
    static json arrow_of(std::string const& expected) {
        auto const arrow = expected.find(" -> ");
        auto const gap = expected.find("  ", arrow);
        if (arrow == std::string::npos || gap == std::string::npos) return nullptr;
        return json::array({expected.substr(0, arrow), expected.substr(arrow + 4, gap - arrow - 4),
                            expected.substr(gap + 2)});
    }

    void add_objections(json& out) {
        auto& all = out["objections"] = json::array();
        for (auto const& o : came_.objections) {
            json made{{"check", o.check}, {"problem", o.problem}, {"detail", o.detail}};
            if (o.where.line > 0)
                made["at"] = json::array({o.where.line, o.where.column, o.where.width});
            if (o.event && *o.event < shown_at_.size()) made["event"] = shown_at_[*o.event];
            if (o.after && *o.after < shown_at_.size()) made["after"] = shown_at_[*o.after];
            if (!o.expected.empty()) made["expected"] = arrow_of(o.expected);
            if (o.expected_at) made["due"] = o.expected_at->count();
            all.push_back(std::move(made));
        }
        out["told"] = told(case_);
    }

    case_result const&                 case_;
    outcome const&                     came_;
    std::map<std::string, std::size_t> actor_at_;
    std::vector<std::size_t>           shown_at_;  // by place in the trace
};

// Text that stands inside <script>: no tag can begin or end in it.
std::string harmless(std::string const& text) {
    std::string out;
    for (char const c : text) {
        if (c == '<')
            out += "\\u003c";
        else if (c == '>')
            out += "\\u003e";
        else if (c == '&')
            out += "\\u0026";
        else
            out += c;
    }
    return out;
}

// The page with each {{name}} filled in, in one pass: what is filled in is not looked at again.
std::string filled(std::string_view page, std::map<std::string_view, std::string_view> const& by) {
    std::string out;
    for (;;) {
        auto const begin = page.find("{{");
        out.append(page.substr(0, begin));
        if (begin == page.npos) return out;
        auto const end = page.find("}}", begin);
        out.append(by.at(page.substr(begin + 2, end - begin - 2)));
        page.remove_prefix(end + 2);
    }
}

}  // namespace

std::string html_data(run_result const& run) {
    json  data{{"lockstep", LOCKSTEP_VERSION},
               {"gateway", run.gateway},
               {"real", run.real},
               {"took", run.nanoseconds}};
    auto& cases = data["cases"] = json::array();
    for (auto const& c : run.cases) cases.push_back(page_case(c).made());
    return harmless(wire::dump(data));
}

std::string html_report(run_result const& run) {
    auto const data = html_data(run);
    return filled(asset::report_html, {{"style", asset::report_css},
                                       {"story", asset::story_js},
                                       {"lanes", asset::lanes_js},
                                       {"list", asset::list_js},
                                       {"app", asset::app_js},
                                       {"data", data}});
}

}  // namespace scenario
