#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "scenarios/report.hpp"
#include "scenarios/stage.hpp"
#include "tests/scenarios/one_in.hpp"

// The same scenario and the same seed are the same story, to the byte: in one process, in two,
// and with whatever compiler.

namespace {

scenario::scenario from_library(std::string const& name) {
    return scenario::read_file(std::string(SCENARIO_LIBRARY) + "/" + name + ".scenario");
}

scenario::play_options by_seed(std::uint64_t seed) {
    scenario::play_options options;
    options.seed = seed;
    options.order = runtime::ready_order::shuffled;
    options.cut = seed;
    return options;
}

// All that passed, the quiet events too, and how many steps it took.
std::string story(scenario::scenario const& s, std::uint64_t seed) {
    auto const o = scenario::play(s, by_seed(seed));
    return scenario::transcript(o.events, true) + std::to_string(o.steps) + " steps\n";
}

class fnv {
public:
    void add(std::string_view text) {
        for (char const c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    std::string hex() const {
        char text[17];
        std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
        return text;
    }

private:
    std::uint64_t hash_ = 0xcbf29ce484222325;
};

char const* const told[] = {"seed/seed_request",           "seed/tool_over_stdio",
                            "tools/parallel_calls",        "tools/two_clients_at_once",
                            "cancel/parallel_calls",       "bytes/every_byte_alone",
                            "ending/provider_resets",      "session/lost_session_is_renewed",
                            "timeouts/idle_of_ten_minutes"};

TEST(Determinism, TheSeedRequestIsTheSameStoryAThousandTimes) {
    auto const s = from_library("seed/seed_request");
    auto const first = story(s, 7);
    EXPECT_NE(first.find("Echo: hello"), first.npos) << first;
    auto const runs = 1000 / one_in();
    for (std::size_t run = 1; run < runs; ++run) ASSERT_EQ(story(s, 7), first) << "run " << run;
}

// LOCKSTEP_TRACE_OUT=FILE keeps the hashes, so that two builds can be compared.
TEST(Determinism, EverySeedIsTheSameStoryTwice) {
    std::string hashes;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        fnv of_seed;
        for (auto const* name : told) {
            auto const s = from_library(name);
            auto const once = story(s, seed);
            ASSERT_EQ(story(s, seed), once) << name << ", seed " << seed;
            of_seed.add(once);
        }
        hashes += "seed " + std::to_string(seed) + ' ' + of_seed.hex() + '\n';
    }
    if (auto const* file = std::getenv("LOCKSTEP_TRACE_OUT")) {
        std::ofstream out(file);
        out << hashes;
        EXPECT_TRUE(out.flush()) << file;
    }
}

// Without this the two above would hold for a world that knows no seed.
TEST(Determinism, DifferentSeedsAreDifferentOrdersOfSteps) {
    auto const            s = from_library("tools/parallel_calls");
    std::set<std::string> stories;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        auto options = by_seed(seed);
        options.cut.reset();
        auto const o = scenario::play(s, options);
        EXPECT_EQ(o.is, scenario::verdict::passed) << scenario::report(s, o.events, o.objections);
        // What a reader sees: no id and no random token is in it, only who came first.
        stories.insert(scenario::transcript(o.events));
    }
    EXPECT_GT(stories.size(), 1u);
}

TEST(Determinism, AnyCutAndAnyOrderIsTheSameStoryToTheReader) {
    for (auto const* name : {"seed/seed_request", "seed/tool_in_the_middle"}) {
        auto const            s = from_library(name);
        std::set<std::string> said;
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            auto const  o = scenario::play(s, by_seed(seed));
            std::string text;
            for (auto const& e : o.events)
                if (e.to == "client" && !e.quiet) text += e.to_text() + '\n';
            EXPECT_EQ(o.is, scenario::verdict::passed)
                << "seed " << seed << '\n'
                << scenario::report(s, o.events, o.objections);
            said.insert(text);
        }
        EXPECT_EQ(said.size(), 1u) << name;
    }
}

}  // namespace
