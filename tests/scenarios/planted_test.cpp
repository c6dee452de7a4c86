#include "scenarios/planted.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "scenarios/checks.hpp"
#include "scenarios/report.hpp"
#include "scenarios/stage.hpp"

// The table of planted faults, and the hook that lays one into a performance. That each is caught
// is proved by `lockstep selfproof`.

namespace {

scenario::scenario from_library(std::string const& name) {
    return scenario::read_file(std::string(SCENARIO_LIBRARY) + "/" + name + ".scenario");
}

std::string transcript_with(scenario::scenario const& s, scenario::planted_fault const* fault) {
    scenario::play_options how;
    how.planted = fault;
    return scenario::transcript(scenario::play(s, how).events);
}

std::set<std::string> known_checks() {
    std::set<std::string> ids{"expect", "never", "hang"};
    for (auto const& c : scenario::checks()) ids.insert(c.id);
    return ids;
}

}  // namespace

TEST(PlantedFaults, AreManyAndSayWhatTheyAre) {
    auto const            checks = known_checks();
    std::set<std::string> ids;
    for (auto const& f : scenario::planted_faults()) {
        EXPECT_TRUE(ids.insert(f.id).second) << f.id << " is there twice";
        EXPECT_FALSE(f.defect.empty()) << f.id;
        EXPECT_FALSE(f.source.empty()) << f.id;
        EXPECT_TRUE(checks.contains(f.caught_by)) << f.id << ": " << f.caught_by;
        EXPECT_FALSE(f.scenarios.empty()) << f.id;
        EXPECT_EQ(scenario::find_planted_fault(f.id), &f);
    }
    EXPECT_GE(ids.size(), 45u);
    EXPECT_EQ(scenario::find_planted_fault("nothing-like-it"), nullptr);
}

TEST(PlantedFaults, AreThereForEveryCheck) {
    auto unproved = known_checks();
    for (auto const& f : scenario::planted_faults()) unproved.erase(f.caught_by);
    EXPECT_TRUE(unproved.empty()) << *unproved.begin();
}

TEST(PlantedFaults, NameScenariosOfTheLibrary) {
    for (auto const& f : scenario::planted_faults())
        for (auto const& name : f.scenarios)
            EXPECT_TRUE(
                std::filesystem::exists(std::string(SCENARIO_LIBRARY) + "/" + name + ".scenario"))
                << f.id << ": " << name;
}

TEST(PlantedFaults, ChangeAStoryOnlyWhereTheyArePlanted) {
    for (auto const* name : {"seed/seed_request", "tools/parallel_calls", "ending/stream_cut",
                             "cancel/during_a_tool_over_http", "timeouts/idle_of_ten_minutes"}) {
        auto const s = from_library(name);
        auto const sound = transcript_with(s, nullptr);
        EXPECT_EQ(transcript_with(s, &scenario::nothing_planted()), sound) << name;
    }
    auto const s = from_library("seed/tool_in_the_middle");
    auto const sound = transcript_with(s, nullptr);
    EXPECT_NE(transcript_with(s, scenario::find_planted_fault("drops-the-first-text")), sound);
    EXPECT_EQ(transcript_with(s, nullptr), sound);
}

TEST(PlantedFaults, AreJudgedByTheCheckThatIsMadeForThem) {
    scenario::play_options how;
    how.planted = scenario::find_planted_fault("merges-calls");
    auto const came = scenario::play(from_library("tools/two_own_functions"), how);
    EXPECT_EQ(came.is, scenario::verdict::failed);
    EXPECT_TRUE(std::any_of(came.objections.begin(), came.objections.end(),
                            [](auto const& o) { return o.check == "tool-calls"; }));
}
