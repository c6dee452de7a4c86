#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/runner.hpp"

// Which scenarios a run plays, in which order it tells of them, and what a baseline makes of it.

namespace {

namespace fs = std::filesystem;

constexpr char well[] =
    "# Well.\ncovers tools\nprovider openai\n    turn\n        text \"a\"\n        finish stop\n"
    "client\n    ask \"x\"\nexpect\n    0ms  proxy -> client  text \"a\"\n";
constexpr char ill[] =
    "# Ill.\ncovers ending\nprovider openai\n    turn\n        text \"a\"\n        finish stop\n"
    "client\n    ask \"x\"\nexpect\n    0ms  proxy -> client  text \"b\"\n";

class Runner : public testing::Test {
protected:
    void SetUp() override {
        auto const* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) / (std::string("runner_") + test->name());
        fs::create_directories(folder_ / "one");
        fs::create_directories(folder_ / "two");
        write("one/well.scenario", well);
        write("one/worse.scenario", ill);
        write("two/ill.scenario", ill);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(std::string const& name, std::string const& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }

    std::vector<std::string> ids(scenario::selection wanted) {
        if (wanted.paths.empty()) wanted.paths = {folder_.string()};
        std::vector<std::string> all;
        for (auto const& c : scenario::selected(wanted)) all.push_back(c.id);
        return all;
    }

    std::map<std::string, scenario::standing_of> standings(std::string const& baseline) {
        scenario::selection wanted;
        wanted.paths = {folder_.string()};
        wanted.baseline = baseline;
        auto                                         cases = scenario::selected(wanted);
        std::map<std::string, scenario::standing_of> all;
        scenario::play_all(cases, {}, 2,
                           [&](auto const& c) { all[c.id] = scenario::how_it_stands(c); });
        return all;
    }

    fs::path folder_;
};

using names = std::vector<std::string>;

}  // namespace

TEST_F(Runner, PlaysAllFilesOfAFolderInTheirOrder) {
    EXPECT_EQ(ids({}), (names{"one/well", "one/worse", "two/ill"}));
}

TEST_F(Runner, ChoosesByNameAndFamily) {
    EXPECT_EQ(ids({{}, {"ill"}, {}, {}}), (names{"two/ill"}));
    EXPECT_EQ(ids({{}, {"one/*"}, {}, {}}), (names{"one/well", "one/worse"}));
    EXPECT_EQ(ids({{}, {"*e*l*"}, {}, {}}), (names{"one/well"}));
    EXPECT_EQ(ids({{}, {"e/w", "two"}, {}, {}}), (names{"one/well", "one/worse", "two/ill"}));
    EXPECT_EQ(ids({{}, {}, {"tools"}, {}}), (names{"one/well"}));
    EXPECT_EQ(ids({{}, {"two"}, {"tools"}, {}}), names{});
}

TEST_F(Runner, TakesSomeInstancesOfASweepEvenly) {
    write("two/ill.scenario", "sweep\n    n 1..9\nclient\n    ask \"$n\"\n");
    EXPECT_EQ(ids({{}, {"two"}, {}, {}, 3}), (names{"two/ill@n=1", "two/ill@n=5", "two/ill@n=9"}));
    EXPECT_EQ(ids({{}, {"two"}, {}, {}, 1}), (names{"two/ill@n=1"}));
    EXPECT_EQ(ids({{}, {"two"}, {}, {}, 20}).size(), 9u);
}

TEST_F(Runner, KeepsWhatCannotBeReadAmongThem) {
    auto const          path = write("one/worse.scenario", "nonsense\n");
    scenario::selection wanted;
    wanted.paths = {folder_.string()};
    auto const cases = scenario::selected(wanted);
    ASSERT_EQ(cases.size(), 3u);
    EXPECT_EQ(cases[1].played, nullptr);
    EXPECT_NE(cases[1].unreadable.find("'nonsense' is not a section"), std::string::npos);
    EXPECT_EQ(scenario::how_it_stands(cases[1]), scenario::standing_of::unreadable);
}

TEST_F(Runner, TellsOfEachInOrderWhoeverPlaysIt) {
    for (int i = 0; i < 40; ++i)
        write("two/n" + std::to_string(100 + i) + ".scenario", i % 3 == 0 ? ill : well);
    scenario::selection wanted;
    wanted.paths = {folder_.string()};
    auto  cases = scenario::selected(wanted);
    names told, all;
    for (auto const& c : cases) all.push_back(c.id);
    scenario::play_all(cases, {}, 4, [&](auto const& c) { told.push_back(c.id); });
    EXPECT_EQ(told, all);
    for (auto const& c : cases) EXPECT_FALSE(c.came.events.empty()) << c.id;
}

TEST_F(Runner, ABaselineKnowsWhatFails) {
    using enum scenario::standing_of;
    EXPECT_EQ(standings({})["two/ill"], failed);
    auto const baseline =
        write("known", "# known\n\ntwo/ill  # says b\none/well  # once it failed\n");
    auto all = standings(baseline);
    EXPECT_EQ(all["two/ill"], known);
    EXPECT_EQ(all["one/worse"], failed);
    EXPECT_EQ(all["one/well"], stale) << "an entry that holds must go";
}

TEST_F(Runner, APatternOfABaselineLetsSomeFail) {
    using enum scenario::standing_of;
    auto all = standings(write("known", "*/w*  # one of them does\ntwo/ill*  # says b\n"));
    EXPECT_EQ(all["one/well"], held);
    EXPECT_EQ(all["one/worse"], known);
    EXPECT_EQ(all["two/ill"], known);
}

TEST_F(Runner, APatternThatNothingNeedsMustGo) {
    scenario::selection wanted;
    wanted.paths = {folder_.string()};
    wanted.baseline = write("known", "one/wel*  # once it failed\ntwo/*  # says b\nthree/*  # x\n");
    auto cases = scenario::selected(wanted);
    scenario::play_all(cases, {}, 2, [](auto const&) {});
    EXPECT_EQ(scenario::stale_patterns(cases), (names{"one/wel*"}));
}

TEST_F(Runner, ABaselineNeedsReasons) {
    auto const trouble_of = [&](std::string const& text) -> std::string {
        try {
            scenario::read_baseline(write("known", text));
        } catch (scenario::syntax_error const& e) {
            return e.what();
        }
        return {};
    };
    EXPECT_EQ(trouble_of("a/b  # why\n"), "");
    EXPECT_NE(trouble_of("x/y  # why\na/b\n").find(":2:1: the reason is missing"),
              std::string::npos);
    EXPECT_NE(trouble_of("a/b  #  \n").find(":1:1: the reason is missing"), std::string::npos);
    EXPECT_NE(trouble_of("a/b  # x\na/b # y\n").find(":2:1: 'a/b' stands here twice"),
              std::string::npos);
    EXPECT_THROW(scenario::read_baseline((folder_ / "none").string()), scenario::syntax_error);
}
