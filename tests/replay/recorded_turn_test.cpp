#include <gtest/gtest.h>

#include <filesystem>

#include "scenarios/scenario.hpp"
#include "scenarios/stage.hpp"

namespace {

// All objections to a scenario whose provider plays `turns`.
std::vector<std::string> objections(std::string const& turns, std::string const& more = {}) {
    auto const text = "provider openai\n" + turns + "\nclient\n    ask \"x\"\n" + more;
    auto const path = std::string(REPLAY_TESTS) + "/inline.scenario";
    auto const came = scenario::play(scenario::parse(text, path), {});
    std::vector<std::string> all;
    for (auto const& o : came.objections) all.push_back(o.check + ": " + o.problem);
    return all;
}

using texts = std::vector<std::string>;

std::string const first = "    turn\n        recording two_turns.rec 1\n";
std::string const second = "    turn\n        recording two_turns.rec 2\n";

TEST(RecordedTurn, AnExchangeThatIsInNoTurnIsObjectedTo) {
    EXPECT_EQ(objections(first),
              (texts{"side-effects: exchange 2 of two_turns.rec is in no turn"}));
    EXPECT_EQ(objections(first + second,
                         "    ask \"y\"\nexpect\n    5ms proxy -> client text \"Hi.\"\n"
                         "    6ms proxy -> client end stop\n"
                         "    11ms proxy -> client error stream-cut\n"),
              texts());
}

TEST(RecordedTurn, ARequestThatIsAnotherOneIsObjectedToWhereItMustBeTheSame) {
    auto const strict = "    turn\n        recording two_turns.rec 1 strict\n" + second;
    auto const all = objections(strict, "    ask \"y\"\n");
    EXPECT_NE(std::find(all.begin(), all.end(),
                        "side-effects: the request is not the one that was recorded"),
              all.end())
        << testing::PrintToString(all);
}

// Which recordings of ours nobody plays: such a one tells nothing any more.
TEST(RecordedTurn, EachOfOurRecordingsIsPlayedByAScenario) {
    namespace fs = std::filesystem;
    std::string library;
    for (auto const& entry : fs::recursive_directory_iterator(SCENARIO_LIBRARY))
        if (entry.path().extension() == ".scenario") library += scenario::read_text(entry.path());
    int count = 0;
    for (auto const& entry : fs::directory_iterator(SCENARIO_RECORDINGS)) {
        ++count;
        auto const name = entry.path().filename().string();
        EXPECT_NE(library.find(name), library.npos) << name;
    }
    EXPECT_GT(count, 5);
}

}  // namespace
