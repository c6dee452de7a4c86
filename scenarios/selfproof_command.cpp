#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "runtime/real_stopwatch.hpp"
#include "runtime/real_workers.hpp"
#include "scenarios/checks.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/planted.hpp"
#include "scenarios/runner.hpp"

namespace scenario {

namespace {

using case_list = std::vector<case_result const*>;

// A scenario to be played, by itself or with a defect, and which checks objected.
struct trial {
    planted_fault const*     fault = nullptr;
    case_result const*       tried = nullptr;
    std::uint64_t            seed = 0;  // 0: first come first served, nothing cut
    std::set<std::string>    objected;
    std::vector<std::string> problems;
};

void play_trial(trial& t) {
    play_options how;
    how.planted = t.fault;
    if (t.seed > 0) {
        how.seed = t.seed;
        how.cut = t.seed;
        how.order = runtime::ready_order::shuffled;
    }
    try {
        auto const came = play(*t.tried->played, how);
        for (auto const& o : came.objections) {
            t.objected.insert(o.check);
            t.problems.push_back(o.check + ": " + o.problem +
                                 (o.detail.empty() ? "" : "  (" + o.detail + ')'));
        }
    } catch (syntax_error const& e) {
        t.objected.insert("unreadable");
        t.problems.emplace_back(e.what());
    }
}

void play_trials(std::vector<trial>& trials, unsigned jobs) {
    runtime::in_parallel(trials.size(), jobs, [&](std::size_t i) { play_trial(trials[i]); });
}

// "cancel/any_byte" means all instances of its sweep.
bool is_named(case_result const& c, std::string const& name) {
    return c.id == name || c.id.starts_with(name + '@');
}

case_list cases_of(std::vector<case_result> const& library, std::string const& name) {
    case_list all;
    for (auto const& c : library)
        if (is_named(c, name)) all.push_back(&c);
    return all;
}

// What the checks said to one defect.
class proof {
public:
    proof(planted_fault const& f, std::vector<case_result> const& library) : fault_(f) {
        for (auto const& name : f.scenarios)
            if (cases_of(library, name).empty()) open_.push_back(name + " is not in the library");
        if (f.scenarios.empty()) open_.push_back("no scenario is named");
    }

    void add(trial const& t) {
        objected_.insert(t.objected.begin(), t.objected.end());
        for (auto const& name : fault_.scenarios)
            if (is_named(*t.tried, name)) {
                auto& caught = caught_[name];
                caught = caught || t.objected.contains(fault_.caught_by);
            }
        if (!t.objected.empty()) ++failed_count_;
    }

    void close() {
        for (auto const& [name, caught] : caught_)
            if (!caught) open_.push_back(fault_.caught_by + " does not object in " + name);
    }

    bool                            holds() const { return open_.empty(); }
    std::vector<std::string> const& open() const { return open_; }
    planted_fault const&            fault() const { return fault_; }
    std::size_t                     failed_count() const { return failed_count_; }

    char mark(std::string const& check) const {
        bool const expected = check == fault_.caught_by;
        if (objected_.contains(check)) return expected ? '#' : '+';
        return expected ? '!' : '.';
    }

private:
    planted_fault const&        fault_;
    std::set<std::string>       objected_;
    std::map<std::string, bool> caught_;  // by the names of its scenarios
    std::vector<std::string>    open_;    // what is still to be proved
    std::size_t                 failed_count_ = 0;
};

std::vector<std::string> columns() {
    std::vector<std::string> all;
    for (auto const& c : checks()) all.emplace_back(c.id);
    for (auto const* own : {"expect", "never", "hang"}) all.emplace_back(own);
    return all;
}

constexpr int id_width = 34;

// The names of the checks, from top to bottom.
void print_head(std::vector<std::string> const& names) {
    std::size_t height = 0;
    for (auto const& name : names) height = std::max(height, name.size());
    for (std::size_t row = 0; row < height; ++row) {
        std::string line(id_width, ' ');
        for (auto const& name : names) {
            auto const above = height - name.size();
            line += std::string(" ") + (row < above ? ' ' : name[row - above]);
        }
        std::printf("%s\n", line.c_str());
    }
    std::printf("\n");
}

void print_row(proof const& p, std::vector<std::string> const& names) {
    std::string line = p.fault().id;
    line.resize(std::max<std::size_t>(line.size(), id_width), ' ');
    for (auto const& name : names) line += std::string(" ") + p.mark(name);
    std::printf("%s   %s\n", line.c_str(), p.holds() ? "caught" : "NOT CAUGHT");
    for (auto const& what : p.open()) std::printf("    %s\n", what.c_str());
}

void print_trial(trial const& t) {
    std::printf("    %s\n", t.tried->id.c_str());
    for (auto const& problem : t.problems) std::printf("        %s\n", problem.c_str());
}

struct sums {
    std::size_t passed = 0;
    std::size_t failed = 0;
    void        add(bool held) { ++(held ? passed : failed); }
};

std::vector<planted_fault const*> wanted_faults(selfproof_options const& options) {
    std::vector<planted_fault const*> wanted;
    for (auto const& f : planted_faults()) {
        auto const& ids = options.faults;
        if (ids.empty() || std::find(ids.begin(), ids.end(), f.id) != ids.end())
            wanted.push_back(&f);
    }
    return wanted;
}

void prove_faults(selfproof_options const& options, std::vector<case_result> const& library,
                  unsigned jobs, sums& sum) {
    auto const         faults = wanted_faults(options);
    std::vector<proof> proofs;
    std::vector<trial> trials;
    for (auto const* f : faults) {
        proofs.emplace_back(*f, library);
        for (auto const& c : library) {
            bool const named =
                std::any_of(f->scenarios.begin(), f->scenarios.end(),
                            [&](std::string const& name) { return is_named(c, name); });
            if (named || options.all) trials.push_back({f, &c, 0, {}, {}});
        }
    }
    std::printf("%zu gateways, broken on purpose, each with one defect; %zu performances\n",
                faults.size(), trials.size());
    std::printf("# the check that must object, + others that do, ! it does not\n\n");
    std::fflush(stdout);
    play_trials(trials, jobs);
    std::map<planted_fault const*, proof*> proof_of;
    for (auto& p : proofs) proof_of[&p.fault()] = &p;
    for (auto const& t : trials) proof_of.at(t.fault)->add(t);
    auto const names = columns();
    print_head(names);
    std::size_t objecting = 0;
    for (auto& p : proofs) {
        p.close();
        print_row(p, names);
        if (options.verbose)
            for (auto const& t : trials)
                if (t.fault == &p.fault()) print_trial(t);
        sum.add(p.holds());
        objecting += p.failed_count();
    }
    std::printf("\n%zu of %zu performances failed\n", objecting, trials.size());
    for (auto const& name : names) {
        bool const made_for = std::any_of(faults.begin(), faults.end(),
                                          [&](auto const* f) { return f->caught_by == name; });
        if (!made_for && options.faults.empty())
            std::printf("no defect is planted for '%s'\n", name.c_str());
    }
}

// Every scenario that was played counts once: it holds, or the first objection to it is told.
void demand_none(std::vector<trial> const& trials, sums& sum) {
    std::map<std::string, trial const*> tried;
    for (auto const& t : trials) {
        auto& first = tried[t.tried->id];
        if (first == nullptr || (first->problems.empty() && !t.problems.empty())) first = &t;
    }
    bool silent = true;
    for (auto const& [id, t] : tried) {
        sum.add(t->problems.empty());
        if (t->problems.empty()) continue;
        silent = false;
        auto const seed = std::to_string(t->seed);
        std::printf("\nFAIL  %s  %s%s", id.c_str(), t->problems.front().c_str(),
                    seed == "0" ? "" : ("  (--seed " + seed + " --cut " + seed + ")").c_str());
    }
    std::printf("%s\n", silent ? "no objection" : "");
    std::fflush(stdout);
}

void prove_seam(std::vector<case_result> const& library, unsigned jobs, sums& sum) {
    std::printf("\nthe seam without a defect, all %zu scenarios: ", library.size());
    std::fflush(stdout);
    std::vector<trial> trials;
    for (auto const& c : library) trials.push_back({&nothing_planted(), &c, 0, {}, {}});
    play_trials(trials, jobs);
    demand_none(trials, sum);
}

// Every file has its share of the seeds. The instances of a sweep share that of their file, or a
// sweep over each byte would have nearly all.
void prove_silence(std::uint64_t seeds, std::vector<case_result> const& library, unsigned jobs,
                   sums& sum) {
    std::map<std::string, case_list> by_file;
    for (auto const& c : library) by_file[c.path].push_back(&c);
    std::vector<case_list> files;
    for (auto& [path, cases] : by_file) files.push_back(std::move(cases));
    auto const         count = std::max<std::uint64_t>(seeds, files.size());
    std::vector<trial> trials;
    for (std::uint64_t i = 0; i < count; ++i) {
        auto const&   file = files[i % files.size()];
        std::uint64_t seed = i + 1;
        trials.push_back({nullptr, file[seed * 31 % file.size()], seed, {}, {}});
    }
    std::printf(
        "nothing planted, %llu seeds; each plays one of %zu files in an order of its own, all "
        "bytes "
        "cut; %llu%s for each file, another instance of a sweep each time: ",
        static_cast<unsigned long long>(count), files.size(),
        static_cast<unsigned long long>(count / files.size()),
        count % files.size() ? " or one more" : "");
    std::fflush(stdout);
    play_trials(trials, jobs);
    demand_none(trials, sum);
}

int refuse(std::string const& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    return 2;
}

}  // namespace

int selfproof(selfproof_options const& options) {
    for (auto const& id : options.faults)
        if (find_planted_fault(id) == nullptr) return refuse("no planted fault is called " + id);
    auto const               began = runtime::wall_nanoseconds();
    auto const               jobs = options.jobs > 0 ? options.jobs : runtime::processor_count();
    std::vector<case_result> library;
    try {
        library = selected({options.library, {}, {}, {}});
    } catch (syntax_error const& e) {
        return refuse(e.what());
    }
    if (library.empty()) return refuse("there is no scenario");
    for (auto const& c : library)
        if (!c.played) return refuse(c.unreadable);

    sums sum;
    prove_faults(options, library, jobs, sum);
    if (options.faults.empty()) {
        prove_seam(library, jobs, sum);
        prove_silence(options.seeds, library, jobs, sum);
    }
    auto const took = static_cast<double>(runtime::wall_nanoseconds() - began) / 1e9;
    std::printf("\n%.1f s\n%zu passed, %zu failed\n", took, sum.passed, sum.failed);
    return sum.failed == 0 ? 0 : 1;
}

}  // namespace scenario
