#include "scenarios/expectation.hpp"

#include <algorithm>

#include "scenarios/token.hpp"

namespace scenario {

namespace {

using runtime::duration;
using runtime::event;

duration time_of(event const& e) { return e.at.time_since_epoch(); }

std::string printed(arrow const& a) { return a.from + " -> " + a.to + "  " + to_text(a.what); }

// On one connection order is order; what no request tells apart may be on one.
bool same_connection(event const& a, event const& b) {
    bool const same_ends = (a.from == b.from && a.to == b.to) || (a.from == b.to && a.to == b.from);
    return same_ends && (a.exchange == b.exchange || a.exchange == 0 || b.exchange == 0);
}

std::string said(event const& e) { return e.words.empty() ? e.verb : e.verb + " " + e.words; }

// When an arrow is due, given when the line above really happened.
struct due_window {
    duration from;
    duration to;

    due_window(when const& w, duration above)
        : from(w.what == when::kind::relative ? above + w.from : w.from),
          to(w.what == when::kind::relative ? above + w.to : w.to) {}
};

enum class timing { right, early, late };

timing judge_time(when const& w, duration above, duration at, tolerance slack) {
    if (w.what == when::kind::any) return timing::right;
    due_window const due(w, above);
    // A line above that came late, as it may, brings what is counted from it nearer.
    auto const       early =
        w.what == when::kind::relative ? std::max(slack.early, slack.late) : slack.early;
    if (at < due.from - early) return timing::early;
    return at > due.to + slack.late ? timing::late : timing::right;
}

// "came 60s after the line above", "came at 150ms, 30ms late".
std::string wrong_time(when const& w, duration above, duration at) {
    if (w.what == when::kind::relative)
        return "came " + runtime::to_text(at - above) + " after the line above";
    due_window const due(w, above);
    return "came at " + runtime::to_text(at) + ", " +
           (at < due.from ? runtime::to_text(due.from - at) + " early"
                          : runtime::to_text(at - due.to) + " late");
}

// One pass over the `expect` lines. `above_` is the event that the line above has met.
class expect_judge {
public:
    expect_judge(scenario const& s, std::vector<event> const& events, tolerance slack)
        : lines_(s.expect), events_(events), slack_(slack), met_(events.size(), false) {}

    std::optional<objection> in_order() {
        for (line_ = 0; line_ < lines_.size(); ++line_) {
            auto const found = find();
            if (!found) return nothing_fits();
            meet(*found);
        }
        return {};
    }

    std::optional<objection> exactly() {
        std::size_t next = 0;
        for (line_ = 0; line_ < lines_.size(); ++line_, ++next) {
            next = skip_quiet(next);
            if (next == events_.size()) return never_came();
            if (!matches(lines_[line_], events_[next])) {
                // Which of the two is out of place: the event, or the line?
                return first_match(next) ? surplus(next) : never_came();
            }
            if (auto wrong = check_time(next)) return wrong;
            meet(next);
        }
        next = skip_quiet(next);
        if (next == events_.size()) return {};
        line_ = lines_.empty() ? 0 : lines_.size() - 1;
        return surplus(next);
    }

    std::vector<std::size_t> const& meetings() const { return meetings_; }

private:
    arrow const& line() const { return lines_[line_]; }
    duration     above() const { return above_ ? time_of(events_[*above_]) : duration(0); }
    std::size_t  first_open() const { return above_ ? *above_ + 1 : 0; }

    void meet(std::size_t index) {
        met_[index] = true;
        meetings_.push_back(index);
        above_ = above_ ? std::max(*above_, index) : index;
    }

    std::size_t skip_quiet(std::size_t index) const {
        while (index < events_.size() && events_[index].quiet) ++index;
        return index;
    }

    std::optional<std::size_t> first_match(std::size_t from) const {
        for (auto i = from; i < events_.size(); ++i)
            if (matches(line(), events_[i])) return i;
        return {};
    }

    // The first that fits in words and time: another with the same words may pass before it.
    std::optional<std::size_t> find() const {
        for (auto i = first_open(); i < events_.size(); ++i)
            if (matches(line(), events_[i]) &&
                judge_time(line().at, above(), time_of(events_[i]), slack_) == timing::right)
                return i;
        return at_the_same_instant();
    }

    // Two effects of one cause on different connections have no order among themselves: what
    // was written down just before the line above, at its instant, fits as well. On one
    // connection order is order.
    std::optional<std::size_t> at_the_same_instant() const {
        for (auto i = first_open(); i-- > 0 && above() - time_of(events_[i]) <= slack_.late;) {
            if (met_[i] || !matches(line(), events_[i]) ||
                judge_time(line().at, above(), time_of(events_[i]), slack_) != timing::right)
                continue;
            if (!is_overtaken(i)) return i;
        }
        return {};
    }

    // A line above has met something later on the same connection.
    bool is_overtaken(std::size_t index) const {
        for (auto i = index + 1; i < first_open(); ++i)
            if (met_[i] && same_connection(events_[i], events_[index])) return true;
        return false;
    }

    objection about(std::string problem, std::string detail) const {
        objection o;
        o.check = "expect";
        o.problem = std::move(problem);
        o.detail = std::move(detail);
        if (!lines_.empty()) o.where = line().where;
        o.after = above_;
        return o;
    }

    objection expected(objection o) const {
        o.expected = printed(line());
        if (line().at.what != when::kind::any) o.expected_at = due_window(line().at, above()).from;
        return o;
    }

    std::optional<objection> check_time(std::size_t index) const {
        auto const at = time_of(events_[index]);
        auto const verdict = judge_time(line().at, above(), at, slack_);
        if (verdict == timing::right) return {};
        auto o = expected(about(verdict == timing::late ? "came late" : "came early",
                                wrong_time(line().at, above(), at)));
        o.where = line().at.where;
        o.event = index;
        return o;
    }

    objection nothing_fits() const {
        if (auto const later = first_match(first_open())) return *check_time(*later);
        for (auto i = first_open(); i-- > 0;)
            if (!met_[i] && matches(line(), events_[i])) return came_before(i);
        return never_came();
    }

    objection came_before(std::size_t index) const {
        auto const at = time_of(events_[index]);
        auto       o =
            expected(about("came before the line above",
                           at == above() ? "came at the same instant, but before it"
                                         : "came at " + runtime::to_text(at) +
                                               ", the line above at " + runtime::to_text(above())));
        o.event = index;
        return o;
    }

    objection never_came() const {
        auto o = expected(about("never came", ""));
        if (auto const other = instead()) {
            o.event = other;
            o.detail = "instead came: " + said(events_[*other]);
        } else if (above_) {
            o.detail = "nothing like it passed after the line above";
        } else {
            o.detail = "nothing like it passed";
        }
        return o;
    }

    // What passed the same way with the same verb, but other words, and is no other line's.
    std::optional<std::size_t> instead() const {
        if (line().what.empty()) return {};
        for (auto i = first_open(); i < events_.size(); ++i) {
            auto const& e = events_[i];
            if (e.quiet || e.from != line().from || e.to != line().to ||
                e.verb != line().what.front().text)
                continue;
            auto const wanted =
                std::any_of(lines_.begin() + static_cast<std::ptrdiff_t>(line_) + 1, lines_.end(),
                            [&](arrow const& other) { return matches(other, e); });
            if (!wanted) return i;
        }
        return {};
    }

    objection surplus(std::size_t index) const {
        auto o = about("something else passed", "not in the list: " + said(events_[index]));
        o.event = index;
        return o;
    }

    std::vector<arrow> const&  lines_;
    std::vector<event> const&  events_;
    tolerance                  slack_;
    std::vector<bool>          met_;
    std::vector<std::size_t>   meetings_;
    std::size_t                line_ = 0;
    std::optional<std::size_t> above_;
};

// With slack an event near an edge of a window may lie outside: it gets the benefit.
bool surely_inside(when const& w, duration at, tolerance slack) {
    return w.what == when::kind::any || (at - slack.late >= w.from && at + slack.early <= w.to);
}

}  // namespace

bool matches(arrow const& a, event const& e) {
    if (e.quiet || a.from != e.from || a.to != e.to) return false;
    if (a.what.empty()) return true;
    auto const& verb = a.what.front();
    if (verb.what != token::kind::word || verb.text != e.verb) return false;
    if (a.what.size() == 1) return true;
    auto const words = tokens_of(e.words);
    return words.size() + 1 >= a.what.size() &&
           std::equal(a.what.begin() + 1, a.what.end(), words.begin(), same);
}

std::vector<objection> judge(scenario const& s, std::vector<event> const& events, tolerance slack) {
    std::vector<objection> objections;
    expect_judge           expect(s, events, slack);
    if (auto o = s.expect_exactly ? expect.exactly() : expect.in_order())
        objections.push_back(std::move(*o));

    for (auto const& line : s.never) {
        auto const passed = std::find_if(events.begin(), events.end(), [&](event const& e) {
            return matches(line, e) && surely_inside(line.at, time_of(e), slack);
        });
        if (passed == events.end()) continue;
        objection o;
        o.check = "never";
        o.problem = "passed, but must not";
        o.detail = "passed at " + runtime::to_text(time_of(*passed));
        o.about_time = line.at.what != when::kind::any;
        o.where = line.where;
        o.event = static_cast<std::size_t>(passed - events.begin());
        objections.push_back(std::move(o));
    }
    return objections;
}

std::vector<std::size_t> met(scenario const& s, std::vector<event> const& events, tolerance slack) {
    expect_judge expect(s, events, slack);
    if (s.expect_exactly)
        (void)expect.exactly();
    else
        (void)expect.in_order();
    return expect.meetings();
}

}  // namespace scenario
