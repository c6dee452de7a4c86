#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "runtime/real_stopwatch.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/report.hpp"
#include "scenarios/stage.hpp"

namespace scenario {

namespace {

struct counts {
    int passed = 0;
    int failed = 0;
    int inconclusive = 0;
    int unreadable = 0;

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

// "ok    client_hangs_up        12.1s   in 0.4 ms"
void print_line(char const* mark, scenario const& s, outcome const& o, std::int64_t nanoseconds) {
    std::printf("%-5s %-44s %10s  in %.1f ms\n", mark, s.name.c_str(),
                runtime::to_text(o.length).c_str(), static_cast<double>(nanoseconds) / 1e6);
    std::fflush(stdout);
}

void run_one(std::string const& path, run_options const& options, counts& count,
             std::string& failures) {
    try {
        auto const s = read_file(path);
        auto const began = runtime::wall_nanoseconds();
        auto const o = play(s, options_of(options.real, options.seed, options.cut));
        auto const took = runtime::wall_nanoseconds() - began;
        switch (o.is) {
            case verdict::passed:
                ++count.passed;
                print_line("ok", s, o, took);
                break;
            case verdict::inconclusive:
                ++count.inconclusive;
                print_line("?", s, o, took);
                std::printf("      inconclusive: %s\n", o.inconclusive.c_str());
                break;
            case verdict::failed:
                ++count.failed;
                print_line("FAIL", s, o, took);
                failures += '\n' + report(s, o.events, o.objections);
                break;
        }
        if (options.verbose) std::fputs(transcript(o.events).c_str(), stdout);
    } catch (syntax_error const& e) {
        ++count.unreadable;
        std::fputs(e.what(), stdout);
        std::fputs("\n", stdout);
    }
}

}  // namespace

std::vector<std::string> scenario_files(std::vector<std::string> const& paths) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    for (auto const& path : paths) {
        if (!fs::is_directory(path)) {
            files.push_back(path);  // read_file says what is wrong with it, if anything is
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
    auto const  files = scenario_files(options.paths);
    counts      count;
    std::string failures;
    auto const  began = runtime::wall_nanoseconds();
    std::printf("%zu scenarios against our gateway, %s\n\n", files.size(),
                options.real ? "on real sockets" : "in virtual time");
    for (auto const& file : files) run_one(file, options, count, failures);
    std::fputs(failures.c_str(), stdout);
    auto const took = static_cast<double>(runtime::wall_nanoseconds() - began) / 1e9;
    std::printf("\n%zu scenarios in %.2f s\n%d passed, %d failed", files.size(), took, count.passed,
                count.failed);
    if (count.inconclusive > 0) std::printf(", %d inconclusive", count.inconclusive);
    if (count.unreadable > 0) std::printf(", %d unreadable", count.unreadable);
    std::printf("\n");
    return count.exit_status();
}

int trace(trace_options const& options) {
    try {
        auto const s = read_file(options.path);
        auto const o = play(s, options_of(options.real, options.seed, options.cut));
        std::printf("%s\n\n%s", s.title.c_str(), transcript(o.events, options.all).c_str());
        return 0;
    } catch (syntax_error const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 2;
    }
}

}  // namespace scenario
