#include "scenarios/trace_file.hpp"

#include <algorithm>

#include "scenarios/case_words.hpp"
#include "scenarios/kept_json.hpp"
#include "scenarios/recording.hpp"
#include "scenarios/recording_text.hpp"

namespace scenario {

namespace {

// Members in the order in which a reader wants them; nlohmann's own would be that of the alphabet.
using ordered = nlohmann::ordered_json;

constexpr int         format_version = 4;
constexpr char const* format_name = "lockstep-trace";

// What passed: in the scenario, beside it, in its twin, over the other endpoints, and on the wires
// of MCP (see `evidence`).
struct event_list {
    char const*                 name;
    std::vector<runtime::event> outcome::* events;
};
constexpr event_list lists[] = {{"events", &outcome::events},
                                {"beside", &outcome::beside},
                                {"twin", &outcome::twin},
                                {"over-responses", &outcome::over_responses},
                                {"over-messages", &outcome::over_messages},
                                {"mcp", &outcome::mcp}};

ordered kept(std::string const& text) { return to_kept(text); }

ordered kept(std::vector<std::string> const& texts) {
    auto all = ordered::array();
    for (auto const& text : texts) all.push_back(kept(text));
    return all;
}

std::string text_of(scenario const& s) {
    std::string text;
    for (auto const& line : s.lines) text += line + '\n';
    return text;
}

ordered recordings_of(scenario const& s) {
    auto all = ordered::object();
    for (auto const& provider : s.providers)
        for (auto const& turn : provider.turns)
            for (auto const& step : turn.steps) {
                if (step.verb != mock::provider_verb::recording) continue;
                all[step.text] = to_text(*step.recorded);
            }
    for (auto const& server : s.servers)
        if (server.recorded) all[server.recording_name] = to_text(*server.recorded);
    return all;
}

ordered hang_of(outcome const& came) {
    for (auto const& o : came.objections)
        if (o.check == "hang")
            return {{"problem", kept(o.problem)},
                    {"detail", kept(o.detail)},
                    {"line", o.where.line},
                    {"column", o.where.column},
                    {"width", o.where.width}};
    return nullptr;
}

ordered head_of(case_result const& c, std::size_t number, std::size_t count) {
    auto const& came = c.came;
    bool const  shuffled = c.how.order == runtime::ready_order::shuffled;
    ordered     head{{format_name, format_version}, {"lockstep", LOCKSTEP_VERSION}};
    head["performance"] = number;
    head["of"] = count;
    head["id"] = kept(c.id);
    head["path"] = kept(c.played->path);
    head["instance"] = kept(c.played->instance);
    head["verdict"] = word_of(how_it_stands(c));
    head["baseline"] = kept(c.expected_failure);
    for (auto const& list : lists) head[list.name] = (came.*list.events).size();
    head["options"] = {{"seed", shuffled ? ordered(c.how.seed) : ordered()},
                       {"cut", c.how.cut ? ordered(*c.how.cut) : ordered()},
                       {"real", c.how.real},
                       {"check", c.how.only_check}};
    head["early"] = came.slack.early.count();
    head["late"] = came.slack.late.count();
    head["length"] = came.length.count();
    head["steps"] = came.steps;
    head["took"] = c.nanoseconds;
    head["left_over"] = kept(came.left_over);
    head["loop_trouble"] = kept(came.loop_trouble);
    head["inconclusive"] = kept(came.inconclusive);
    head["gateway"] = kept(came.gateway);
    head["profile"] = came.profile;
    head["runs_on"] = came.runs_on;
    head["said"] = kept(came.said);
    head["hang"] = hang_of(came);
    head["scenario"] = kept(text_of(*c.played));
    head["recordings"] = recordings_of(*c.played);
    return head;
}

ordered line_of(runtime::event const& e, char const* list) {
    return {{"list", list},
            {"number", e.number},
            {"at", e.at.time_since_epoch().count()},
            {"from", kept(e.from)},
            {"to", kept(e.to)},
            {"verb", kept(e.verb)},
            {"words", kept(e.words)},
            {"exchange", e.exchange},
            {"quiet", e.quiet},
            {"detail", ordered(to_kept(e.detail))}};
}

runtime::event event_of(kept_line const& line, char const* list, std::size_t number) {
    if (line.text("list") != list || line.count("number") != number)
        line.wrong("number",
                   "number " + std::to_string(number) + " of " + list + " should stand here",
                   "a line is missing, or stands twice: keep the trace again");
    runtime::event e;
    e.at = runtime::time_point(runtime::duration(line.integer("at")));
    e.from = line.text("from");
    e.to = line.text("to");
    e.verb = line.text("verb");
    e.words = line.text("words");
    e.exchange = line.count("exchange");
    e.quiet = line.flag("quiet");
    e.detail = line.any("detail");
    e.number = number;
    return e;
}

play_options options_of(kept_line const& head) {
    auto const   o = head.object("options");
    play_options how;
    auto const   number = [&](char const* name) -> std::optional<std::uint64_t> {
        auto const found = o.find(name);
        if (found == o.end() || found->is_null()) return {};
        if (!found->is_number_unsigned())
            head.wrong(name, "a number from 0 on should stand here", "or null");
        return found->get<std::uint64_t>();
    };
    if (auto const seed = number("seed")) {
        how.seed = *seed;
        how.order = runtime::ready_order::shuffled;
    }
    how.cut = number("cut");
    auto const real = o.find("real"), check = o.find("check");
    if (real == o.end() || !real->is_boolean() || check == o.end() || !check->is_string())
        head.wrong("options", "options are seed, cut, real and check",
                   "a number or null, the same, true or false, and a text");
    how.real = real->get<bool>();
    how.only_check = check->get<std::string>();
    return how;
}

void read_hang(kept_line const& head, outcome& came) {
    auto const h = head.any("hang");
    if (h.is_null()) return;
    try {
        objection o;
        o.check = "hang";
        o.problem = h.at("problem").get<std::string>();
        o.detail = h.at("detail").get<std::string>();
        o.where = {h.at("line").get<int>(), h.at("column").get<int>(), h.at("width").get<int>()};
        came.objections.push_back(std::move(o));
    } catch (nlohmann::json::exception const&) {
        head.wrong("hang", "a hang has problem, detail, line, column and width", "or it is null");
    }
}

recordings read_recordings(kept_line const& head) {
    recordings all;
    auto const kept_ones = head.any("recordings");
    try {
        for (auto const& [name, text] : kept_ones.items())
            all[name] = std::make_shared<replay::recording const>(
                parse_recording(text.get<std::string>(), name));
    } catch (nlohmann::json::exception const&) {
        head.wrong("recordings", "a recording is the text of its file", {});
    }
    return all;
}

standing_of read_standing(kept_line const& head) {
    auto const text = head.text("verdict");
    using enum standing_of;
    for (auto const m : {held, failed, inconclusive, known, stale})
        if (word_of(m) == text) return m;
    head.wrong("verdict", "'" + text + "' is not a verdict", "passed, failed or inconclusive");
}

// The lines of a file, in order; the last one may lack its end only if nothing is missing.
class trace_reader {
public:
    trace_reader(std::string const& text, std::string const& path) : text_(text), path_(path) {}

    std::vector<kept_performance> all() {
        std::vector<kept_performance> kept;
        std::uint64_t                 count = 1;
        while (kept.size() < count) {
            if (at_end()) ended_early(kept.size(), count, "performance");
            kept.push_back(performance(kept.size() + 1, count));
        }
        if (!at_end())
            next().wrong_at(0, 1, "the file should have ended with the line above",
                            "it says that it has " + std::to_string(count) + " performances");
        return kept;
    }

private:
    bool at_end() const { return begin_ >= text_.size(); }

    kept_line next() {
        auto const end = std::min(text_.find('\n', begin_), text_.size());
        auto const line = std::string_view(text_).substr(begin_, end - begin_);
        begin_ = end + 1;
        return {path_, ++number_, line};
    }

    [[noreturn]] void ended_early(std::size_t have, std::uint64_t should, char const* what) const {
        throw syntax_error(path_ + ":" + std::to_string(number_ + 1) + ":1", {}, {},
                           "the file ends here, after " + std::to_string(have) + " of " +
                               std::to_string(should) + " " + what + "s",
                           "it was cut: keep the trace again with `lockstep run --trace`");
    }

    kept_performance performance(std::size_t number, std::uint64_t& count) {
        auto const       head = next();
        kept_performance kept = read_head(head, number, count);
        for (auto const& list : lists) kept.what.came.*list.events = events(list.name, head);
        return kept;
    }

    std::vector<runtime::event> events(char const* list, kept_line const& head) {
        std::vector<runtime::event> all;
        auto const                  count = head.count(list);
        while (all.size() < count) {
            if (at_end()) ended_early(all.size(), count, "event");
            auto const line = next();
            auto       e = event_of(line, list, all.size());
            if (!all.empty() && e.at < all.back().at)
                line.wrong("at", "this event is earlier than the one above",
                           "times are nanoseconds since the beginning, and never go back");
            all.push_back(std::move(e));
        }
        return all;
    }

    static kept_performance read_head(kept_line const& head, std::size_t number,
                                      std::uint64_t& count) {
        if (!head.has(format_name))
            head.wrong_at(0, 1, "a performance should begin here",
                          "its first member is \"lockstep-trace\"");
        if (head.integer(format_name) != format_version)
            head.wrong(format_name, "this version of the format is unknown here",
                       "this lockstep reads version " + std::to_string(format_version));
        if (head.count("performance") != number)
            head.wrong("performance",
                       "performance " + std::to_string(number) + " should begin here",
                       "lines are missing, or stand twice: keep the trace again");
        count = head.count("of");

        kept_performance kept;
        auto&            c = kept.what;
        kept.was = read_standing(head);
        c.id = head.text("id");
        c.path = head.text("path");
        c.expected_failure = head.text("baseline");
        c.how = options_of(head);
        c.nanoseconds = head.integer("took");
        c.came.slack.early = runtime::duration(head.integer("early"));
        c.came.slack.late = runtime::duration(head.integer("late"));
        c.came.length = runtime::duration(head.integer("length"));
        c.came.steps = head.count("steps");
        c.came.left_over = head.texts("left_over");
        c.came.loop_trouble = head.texts("loop_trouble");
        c.came.inconclusive = head.text("inconclusive");
        c.came.gateway = head.text("gateway");
        c.came.profile = head.text("profile");
        c.came.runs_on = head.flag("runs_on");
        c.came.said = head.text("said");
        read_hang(head, c.came);
        auto const recorded = read_recordings(head);
        auto       s = parse_instance(head.text("scenario"), c.path, recorded);
        s.instance = head.text("instance");
        c.played = std::make_shared<scenario const>(std::move(s));
        return kept;
    }

    std::string const& text_;
    std::string const& path_;
    std::size_t        begin_ = 0;
    int                number_ = 0;
};

}  // namespace

std::string trace_text(run_result const& run) {
    auto const  count = std::count_if(run.cases.begin(), run.cases.end(), was_played);
    std::size_t number = 0;
    std::string text;
    for (auto const& c : run.cases) {
        if (!was_played(c)) continue;
        text += head_of(c, ++number, static_cast<std::size_t>(count)).dump() + '\n';
        for (auto const& list : lists)
            for (auto const& e : c.came.*list.events) text += line_of(e, list.name).dump() + '\n';
    }
    return text;
}

std::vector<kept_performance> read_trace(std::string const& text, std::string const& path) {
    if (text.empty())
        throw syntax_error(path, {}, {}, "this file is empty",
                           "`lockstep run --trace FILE` writes one");
    return trace_reader(text, path).all();
}

}  // namespace scenario
