#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/case_words.hpp"
#include "scenarios/commands.hpp"
#include "scenarios/judgement.hpp"
#include "scenarios/trace_file.hpp"

namespace scenario {

namespace {

struct verdicts {
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

std::vector<kept_performance> read(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file || !std::filesystem::is_regular_file(path))
        throw syntax_error(path, {}, {}, "this file cannot be read",
                           "does it exist, and is it a file?");
    return read_trace(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

void judge_one(kept_performance& kept, verdicts& sum, std::string& failures) {
    auto& c = kept.what;
    pass_judgement(*c.played, c.came, c.how.only_check);
    auto const  is = how_it_stands(c);
    char const* word = "ok";
    if (is == standing_of::failed || is == standing_of::stale) {
        ++sum.failed;
        word = "FAIL";
        failures += '\n' + told(c);
    } else if (is == standing_of::inconclusive) {
        ++sum.inconclusive;
        word = "?";
    } else {
        ++sum.passed;
        if (is == standing_of::known) word = "known";
    }
    std::printf("%-5s %-44s %10s\n", word, c.id.c_str(), runtime::to_text(c.came.length).c_str());
    if (is == standing_of::inconclusive)
        std::printf("      inconclusive: %s\n", c.came.inconclusive.c_str());
    if (is != kept.was)
        std::printf("      the run said otherwise: %s\n", std::string(word_of(kept.was)).c_str());
}

}  // namespace

int judge(std::vector<std::string> const& files) {
    verdicts    sum;
    std::string failures;
    for (auto const& path : files) {
        try {
            for (auto& kept : read(path)) judge_one(kept, sum, failures);
        } catch (syntax_error const& e) {
            ++sum.unreadable;
            std::printf("%s\n", e.what());
        }
    }
    std::fputs(failures.c_str(), stdout);
    std::printf("\n%d passed, %d failed", sum.passed, sum.failed);
    if (sum.inconclusive > 0) std::printf(", %d inconclusive", sum.inconclusive);
    if (sum.unreadable > 0) std::printf(", %d unreadable", sum.unreadable);
    std::printf("\n");
    return sum.exit_status();
}

}  // namespace scenario
