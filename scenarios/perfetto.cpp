#include "scenarios/perfetto.hpp"

#include <algorithm>
#include <map>

#include "scenarios/case_words.hpp"
#include "scenarios/spans.hpp"
#include "scenarios/transcript.hpp"
#include "wire/json_guard.hpp"

namespace scenario {

namespace {

using ordered = nlohmann::ordered_json;

// Chrome counts in microseconds.
double microseconds(runtime::event const& e) {
    return static_cast<double>(e.at.time_since_epoch().count()) / 1e3;
}

// One scenario, written as one process. The order of the lines is the order of the trace: the
// viewer keeps it for what happens at one instant.
class process {
public:
    // Numbers of threads and arrows go on from process to process: the viewer looks for both by
    // their number alone.
    struct counters {
        int           thread = 0;
        std::uint64_t arrow = 0;
    };

    process(case_result const& c, counters& count, std::string& out)
        : case_(c),
          events_(c.came.events),
          actors_(actors_of(*c.played, events_)),
          pid_(++count.thread),
          count_(count),
          out_(out) {
        for (auto const& s : spans_of(events_)) {
            auto const row = free_row(s);
            begin_[s.begin].push_back({row, s});
            end_[s.end].push_back({row, s});
        }
        for (auto const& a : actors_) {
            first_thread_[a.name] = count.thread + 1;
            count.thread += static_cast<int>(std::max<std::size_t>(1, busy_until_[a.name].size()));
        }
    }

    void write() {
        name("process_name", pid_, case_.id);
        put({{"ph", "M"},
             {"name", "process_labels"},
             {"pid", pid_},
             {"tid", pid_},
             {"args", {{"labels", word_of(how_it_stands(case_))}}}});
        put({{"ph", "M"},
             {"name", "process_sort_index"},
             {"pid", pid_},
             {"tid", pid_},
             {"args", {{"sort_index", pid_}}}});
        for (auto const& a : actors_) {
            auto const rows = std::max<std::size_t>(1, busy_until_[a.name].size());
            for (std::size_t row = 0; row < rows; ++row)
                name_thread(first_thread_[a.name] + static_cast<int>(row),
                            row == 0 ? a.name : a.name + " " + std::to_string(row + 1));
        }
        for (auto const& e : events_) {
            for (auto const& s : begin_[e.number]) open(s, e);
            if (!e.quiet) arrow(e);
            for (auto const& o : case_.came.objections)
                if (o.event == e.number) complain(o, e);
            auto& ending = end_[e.number];
            for (auto s = ending.rbegin(); s != ending.rend(); ++s) close(*s, e);
        }
        for (auto const& o : case_.came.objections)
            if ((!o.event || *o.event >= events_.size()) && !events_.empty())
                complain(o, events_.back());
    }

private:
    struct slice {
        int  row;
        span what;
    };

    // The first row of the actor that has nothing to do any more when this begins.
    int free_row(span const& s) {
        auto&       busy = busy_until_[s.actor];
        std::size_t row = 0;
        while (row < busy.size() && busy[row] >= s.begin) ++row;
        if (row == busy.size()) busy.push_back(0);
        busy[row] = s.end;
        return static_cast<int>(row);
    }

    int thread_of(slice const& s) const { return first_thread_.at(s.what.actor) + s.row; }

    void put(ordered line) {
        out_ += out_.empty() ? "" : ",\n";
        out_ += line.dump(-1, ' ', false, ordered::error_handler_t::replace);
    }

    void name(char const* what, int thread, std::string const& name) {
        put({{"ph", "M"},
             {"name", what},
             {"pid", pid_},
             {"tid", thread},
             {"args", {{"name", name}}}});
    }

    void name_thread(int thread, std::string const& actor) {
        name("thread_name", thread, actor);
        put({{"ph", "M"},
             {"name", "thread_sort_index"},
             {"pid", pid_},
             {"tid", thread},
             {"args", {{"sort_index", thread}}}});
    }

    ordered line(char const* phase, char const* category, std::string const& name, int thread,
                 runtime::event const& e) const {
        return {{"ph", phase}, {"cat", category}, {"name", wire::to_utf8(name)},
                {"pid", pid_}, {"tid", thread},   {"ts", microseconds(e)}};
    }

    void open(slice const& s, runtime::event const& e) {
        auto l = line("B", "span", s.what.label, thread_of(s), e);
        l["args"] = {{"exchange", s.what.exchange}};
        put(std::move(l));
        open_[{s.what.actor, s.what.exchange}] = thread_of(s);
    }

    void close(slice const& s, runtime::event const& e) {
        put(line("E", "span", s.what.label, thread_of(s), e));
        open_.erase({s.what.actor, s.what.exchange});
    }

    // Where the actor does what belongs to this exchange.
    int thread_of(std::string const& actor, std::uint64_t exchange) const {
        auto const at = open_.find({actor, exchange});
        return at == open_.end() ? first_thread_.at(actor) : at->second;
    }

    void arrow(runtime::event const& e) {
        auto const id = ++count_.arrow;
        auto const row = row_of(e);
        point(thread_of(e.from, e.exchange), row.what, "s", id, e);
        point(thread_of(e.to, e.exchange), row.what, "f", id, e);
    }

    void point(int thread, std::string const& what, char const* flow, std::uint64_t id,
               runtime::event const& e) {
        auto begin = line("B", "event", what, thread, e);
        begin["args"] = {{"from", e.from}, {"to", e.to}, {"number", e.number}};
        put(std::move(begin));
        auto tie = line(flow, "arrow", e.verb, thread, e);
        tie["id"] = id;
        if (*flow == 'f') tie["bp"] = "e";  // to the slice around it, not to the next one
        put(std::move(tie));
        put(line("E", "event", what, thread, e));
    }

    void complain(objection const& o, runtime::event const& e) {
        auto l = line("i", "objection", "FAILED " + o.check + ": " + o.problem, pid_, e);
        l["s"] = "p";
        l["args"] = {{"detail", o.detail}, {"line", o.where.line}};
        put(std::move(l));
    }

    case_result const&                 case_;
    std::vector<runtime::event> const& events_;
    std::vector<actor>                 actors_;
    int                                pid_;
    counters&                          count_;
    std::string&                       out_;

    std::map<std::string, int>                           first_thread_;
    std::map<std::string, std::vector<std::size_t>>      busy_until_;  // each row, by actor
    std::map<std::size_t, std::vector<slice>>            begin_;
    std::map<std::size_t, std::vector<slice>>            end_;
    std::map<std::pair<std::string, std::uint64_t>, int> open_;
};

}  // namespace

std::string perfetto(run_result const& run) {
    std::string       lines;
    process::counters count;
    for (auto const& c : run.cases) {
        if (!was_played(c)) continue;
        process(c, count, lines).write();
    }
    ordered const about{{"lockstep", LOCKSTEP_VERSION}, {"gateway", run.gateway}};
    return "{\"displayTimeUnit\":\"ms\",\"otherData\":" +
           about.dump(-1, ' ', false, ordered::error_handler_t::replace) + ",\"traceEvents\":[\n" +
           lines + "\n]}\n";
}

}  // namespace scenario
