#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "runtime/real_stopwatch.hpp"
#include "runtime/real_terminal.hpp"
#include "runtime/real_workers.hpp"
#include "scenarios/case_words.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/external_gateway.hpp"
#include "scenarios/report.hpp"
#include "scenarios/rewrite.hpp"
#include "scenarios/runner.hpp"

namespace scenario {

namespace {

struct counts {
    int passed = 0;
    int failed = 0;
    int inconclusive = 0;
    int unreadable = 0;
    int known = 0;
    int not_applicable = 0;

    int exit_status() const {
        if (unreadable > 0) return 2;
        if (failed > 0) return 1;
        return inconclusive > 0 ? 3 : 0;
    }
};

play_options options_of(bool real, std::optional<std::uint64_t> const& seed,
                        std::optional<std::uint64_t> const& cut) {
    play_options o;
    o.real = real;
    o.cut = cut;
    if (seed) {
        o.seed = *seed;
        o.order = runtime::ready_order::shuffled;
    }
    return o;
}

// Tells of each case while the run goes on: a line a case, and one for all instances of a sweep
// that hold. Failures are kept to the end, where a reader looks for them.
class teller {
public:
    teller(run_options const& options, std::size_t total)
        : options_(options),
          total_(total),
          on_terminal_(runtime::is_on_terminal()),
          colours_(on_terminal_ && std::getenv("NO_COLOR") == nullptr) {}

    void tell(case_result const& c) {
        ++told_;
        clear_progress();
        if (!c.played || !c.unreadable.empty()) {
            end_sweep();
            ++count_.unreadable;
            std::printf("%s\n", c.unreadable.c_str());
            return;
        }
        bool const in_sweep = !c.played->sweep.axes.empty();
        if (!in_sweep || c.path != sweep_path_) end_sweep();
        auto const is = how_it_stands(c);
        count(c, is);
        if (is == standing_of::not_applicable && !options_.verbose) return;
        if (in_sweep && is == standing_of::held && !options_.verbose)
            hold(c);
        else
            print(c, is);
        if (options_.verbose) std::fputs(transcript(c.came.events).c_str(), stdout);
        if (on_terminal_) std::printf("\r[%zu of %zu] ", told_, total_);
        std::fflush(stdout);
    }

    counts const& finish(std::vector<case_result> const& all) {
        clear_progress();
        end_sweep();
        for (auto const& pattern : stale_patterns(all)) {
            ++count_.failed;
            failures_ += "\nFAILED  all that fit " + pattern +
                         " hold, but the baseline expects one of them to fail\n" +
                         "take its line out of " + options_.baseline + "\n";
        }
        std::fputs(failures_.c_str(), stdout);
        if (!missing_.empty()) std::printf("\nnot applicable, as they need:\n");
        for (auto const& [need, count] : missing_) std::printf("%6d  %s\n", count, need.c_str());
        return count_;
    }

private:
    void count(case_result const& c, standing_of is) {
        auto const& s = *c.played;
        switch (is) {
            case standing_of::held:
                ++count_.passed;
                break;
            case standing_of::known:
                ++count_.known;
                break;
            case standing_of::not_applicable:
                ++count_.not_applicable;
                ++missing_[c.unmet.front()];
                break;
            case standing_of::stale:
                ++count_.failed;
                failures_ += "\nFAILED  " + s.title + "\n\n" + c.id +
                             " holds, but the baseline expects it to fail: " + c.expected_failure +
                             "\ntake its line out of " + options_.baseline + "\n";
                break;
            case standing_of::inconclusive:
                ++count_.inconclusive;
                break;
            default:
                ++count_.failed;
                failures_ += '\n' + told(c);
        }
    }

    // "ok    cancel/during_a_tool        12.1s   in 0.4 ms"
    void print(case_result const& c, standing_of is) {
        auto const [mark, colour] = mark_of(is);
        std::printf("%s%-5s%s %-52s %10s  in %.1f ms\n", colours_ ? colour : "", mark,
                    colours_ ? "\033[0m" : "", c.id.c_str(),
                    runtime::to_text(c.came.length).c_str(),
                    static_cast<double>(c.nanoseconds) / 1e6);
        if (is == standing_of::inconclusive)
            std::printf("      inconclusive: %s\n", c.came.inconclusive.c_str());
        if (is == standing_of::known) std::printf("      known: %s\n", c.expected_failure.c_str());
    }

    static std::pair<char const*, char const*> mark_of(standing_of is) {
        switch (is) {
            case standing_of::held:
                return {"ok", "\033[32m"};
            case standing_of::inconclusive:
                return {"?", "\033[33m"};
            case standing_of::known:
                return {"known", "\033[33m"};
            case standing_of::not_applicable:
                return {"n/a", "\033[2m"};
            default:
                return {"FAIL", "\033[31m"};
        }
    }

    void hold(case_result const& c) {
        sweep_path_ = c.path;
        sweep_id_ = c.id.substr(0, c.id.find('@'));
        ++sweep_count_;
        sweep_nanoseconds_ += c.nanoseconds;
    }

    void end_sweep() {
        if (sweep_count_ > 0)
            std::printf("%s%-5s%s %-52s %10s  in %.1f ms\n", colours_ ? "\033[32m" : "", "ok",
                        colours_ ? "\033[0m" : "", sweep_id_.c_str(),
                        ("x " + std::to_string(sweep_count_)).c_str(),
                        static_cast<double>(sweep_nanoseconds_) / 1e6);
        sweep_count_ = 0;
        sweep_nanoseconds_ = 0;
        sweep_path_.clear();
    }

    void clear_progress() const {
        if (on_terminal_) std::fputs("\r\033[K", stdout);
    }

    run_options const&         options_;
    std::size_t                total_;
    bool                       on_terminal_;
    bool                       colours_;
    std::size_t                told_ = 0;
    counts                     count_;
    std::string                failures_;
    std::map<std::string, int> missing_;  // what the gateway cannot, and for how many
    std::string                sweep_path_;
    std::string                sweep_id_;
    std::size_t                sweep_count_ = 0;
    std::int64_t               sweep_nanoseconds_ = 0;
};

int list_cases(std::vector<case_result> const& cases) {
    int status = 0;
    for (auto const& c : cases) {
        if (c.played)
            std::printf("%-52s %s\n", c.id.c_str(), c.played->title.c_str());
        else
            std::printf("%s\n", c.unreadable.c_str());
        if (!c.played) status = 2;
    }
    return status;
}

unsigned jobs_of(run_options const& options) {
    // On real sockets a neighbour's work would be a stall of the machine.
    if (options.real || !options.gateway.empty()) return 1;
    return options.jobs > 0 ? options.jobs : runtime::processor_count();
}

std::vector<scenario const*> scenarios_of(std::vector<case_result> const& cases) {
    std::vector<scenario const*> all;
    for (auto const& c : cases)
        if (c.played) all.push_back(c.played.get());
    return all;
}

int play_and_tell(run_options const& options, run_result run) {
    auto&      cases = run.cases;
    auto const began = runtime::wall_nanoseconds();
    auto       how = options_of(run.real, options.seed, options.cut);
    how.only_check = options.check;
    how.rounds = options.rounds;
    std::optional<external_gateway> gateway;
    if (!options.gateway.empty()) {
        gateway.emplace(find_gateway(options.gateway), scenarios_of(cases), options.first_port);
        how.gateway = &*gateway;
        run.gateway = gateway->file().name;
        fit_to(*gateway, cases, how);
        if (!gateway->file().address.empty())
            std::printf("the mocks, as the gateway should know them:\n%s\n",
                        gateway->told_of().c_str());
    }
    auto const number =
        std::to_string(cases.size()) + (cases.size() == 1 ? " scenario" : " scenarios");
    std::printf("%s against %s, %s\n\n", number.c_str(), run.gateway.c_str(),
                run.real ? "on real sockets" : "in virtual time");
    std::fflush(stdout);
    teller out(options, cases.size());
    play_all(cases, how, jobs_of(options), [&](case_result const& c) { out.tell(c); });
    auto const& count = out.finish(cases);
    run.nanoseconds = runtime::wall_nanoseconds() - began;
    auto const took = static_cast<double>(run.nanoseconds) / 1e9;
    std::printf("\n%s in %.2f s\n%d passed, %d failed", number.c_str(), took, count.passed,
                count.failed);
    if (count.known > 0) std::printf(", %d known", count.known);
    if (count.not_applicable > 0) std::printf(", %d not applicable", count.not_applicable);
    if (count.inconclusive > 0) std::printf(", %d inconclusive", count.inconclusive);
    if (count.unreadable > 0) std::printf(", %d unreadable", count.unreadable);
    std::printf("\n");
    write(options.files, run);
    return count.exit_status();
}

}  // namespace

std::vector<std::string> scenario_files(std::vector<std::string> const& paths) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    for (auto const& path : paths) {
        if (!fs::is_directory(path)) {
            files.push_back(path);  // read_text says what is wrong with it, if anything is
            continue;
        }
        std::vector<std::string> inside;
        for (auto const& entry : fs::recursive_directory_iterator(path))
            if (entry.path().extension() == ".scenario") inside.push_back(entry.path().string());
        std::sort(inside.begin(), inside.end());
        files.insert(files.end(), inside.begin(), inside.end());
    }
    return files;
}

int run(run_options const& options) {
    try {
        auto cases = selected(
            {options.paths, options.names, options.families, options.baseline, options.sample});
        if (cases.empty()) {
            std::fputs("no scenario here has such a name or family\n", stderr);
            return 2;
        }
        if (options.list) return list_cases(cases);
        if (options.rewrite) return rewrite(cases);
        run_result all;
        all.cases = std::move(cases);
        all.real = options.real || !options.gateway.empty();
        expect_writable(options.files);
        return play_and_tell(options, std::move(all));
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

int trace(trace_options const& options) {
    try {
        auto const all = selected({{options.path}, {}, {}, {}, 0});
        if (!all.front().played) {
            std::fprintf(stderr, "%s\n", all.front().unreadable.c_str());
            return 2;
        }
        auto const& s = *all.front().played;
        auto const  o = play(s, options_of(options.real, options.seed, options.cut));
        std::printf("%s\n\n%s", s.title.c_str(), transcript(o.events, options.all).c_str());
        return 0;
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
