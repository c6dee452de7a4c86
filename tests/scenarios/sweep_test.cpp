#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "scenarios/all_pairs.hpp"
#include "scenarios/stage.hpp"
#include "scenarios/sweep.hpp"

// One file, many scenarios.

namespace {

namespace fs = std::filesystem;

class Sweep : public testing::Test {
protected:
    void SetUp() override {
        auto const* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::path(testing::TempDir()) / (std::string("sweep_") + test->name());
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string file(std::string const& text) {
        auto const path = folder_ / "x.scenario";
        std::ofstream(path) << text;
        return path.string();
    }

    static std::vector<std::string> labels(std::string const& path) {
        std::vector<std::string> all;
        for (auto const& s : scenario::instances(path, scenario::measure))
            all.push_back(s.instance);
        return all;
    }

    fs::path folder_;
};

constexpr char story[] =
    "provider $format llm\n    turn\n        +$delay  text \"a$b $5\"   # not $this\n"
    "        finish stop\nclient\n    ask \"x\"\n";

}  // namespace

TEST_F(Sweep, IsTheProductOfItsAxesTheLastOneFastest) {
    auto const path = file(std::string("sweep\n    format openai anthropic\n    delay 1ms 2ms\n"
                                       "    b 1..5 step 2\n") +
                           story);
    auto const all = labels(path);
    ASSERT_EQ(all.size(), 12u);
    EXPECT_EQ(all[0], "format=openai,delay=1ms,b=1");
    EXPECT_EQ(all[1], "format=openai,delay=1ms,b=3");
    EXPECT_EQ(all[3], "format=openai,delay=2ms,b=1");
    EXPECT_EQ(all[11], "format=anthropic,delay=2ms,b=5");
}

TEST_F(Sweep, PutsItsValuesIntoTheText) {
    auto const path = file(
        std::string("sweep\n    format anthropic\n    delay 3ms\n    b \"two words\"\n") + story);
    auto const all = scenario::instances(path, scenario::measure);
    ASSERT_EQ(all.size(), 1u);
    auto const& step = all[0].providers.at(0).turns.at(0).steps.at(0);
    EXPECT_EQ(all[0].providers[0].format, "anthropic");
    EXPECT_EQ(step.after, std::chrono::milliseconds(3));
    EXPECT_EQ(step.text, "atwo words $5") << "a dollar that is no name stays one";
    EXPECT_EQ(all[0].instance, "format=anthropic,delay=3ms,b=two_words");
    EXPECT_TRUE(all[0].id().ends_with("/x@format=anthropic,delay=3ms,b=two_words"));
}

TEST_F(Sweep, BracesSetANameApart) {
    auto const path = file(
        "sweep\n    n 1 2\nprovider openai\n    turn\n        +${n}0ms  text \"${n}x\"\n"
        "client\n    ask \"x\"\n");
    auto const all = scenario::instances(path, scenario::measure);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].providers[0].turns[0].steps[0].after, std::chrono::milliseconds(20));
    EXPECT_EQ(all[1].providers[0].turns[0].steps[0].text, "2x");
}

TEST_F(Sweep, OneInstanceCanBeTakenAlone) {
    auto const path =
        file(std::string("sweep\n    format openai\n    delay 1ms 2ms\n    b 1\n") + story);
    EXPECT_EQ(labels(path + "@format=openai,delay=2ms,b=1"),
              std::vector<std::string>{"format=openai,delay=2ms,b=1"});
    EXPECT_THROW(labels(path + "@format=openai,delay=9ms,b=1"), scenario::syntax_error);
    auto const plain = file("client\n    ask \"x\"\n");
    EXPECT_EQ(labels(plain), std::vector<std::string>{""});
    EXPECT_THROW(labels(plain + "@b=1"), scenario::syntax_error);
}

TEST_F(Sweep, EveryByteIsMeasuredOnItsWay) {
    std::string const text =
        "provider openai\n    turn\n        +1ms text \"abc\"\n        +1ms finish stop\n"
        "client\n    ask \"x\"\nnetwork\n    openai -> proxy  reset after $byte\n";
    auto const  plain = scenario::parse(text.substr(0, text.find("network")), "x.scenario");
    std::size_t bytes = 0, writes = 0;
    for (auto const size : scenario::measure(plain, "openai", "proxy")) {
        bytes += size;
        ++writes;
    }
    ASSERT_GT(bytes, 300u);
    EXPECT_EQ(labels(file("sweep\n    byte every byte of openai -> proxy\n" + text)).size(), bytes);
    EXPECT_EQ(
        labels(file("sweep\n    byte every byte of openai -> proxy but last 7\n" + text)).size(),
        bytes - 7);
    EXPECT_EQ(
        labels(file("sweep\n    byte every byte of openai -> proxy step 100\n" + text)).size(),
        (bytes + 99) / 100);
    auto const events = labels(file("sweep\n    byte every event of openai -> proxy\n" + text));
    EXPECT_EQ(events.size(), writes);
    EXPECT_EQ(events.front(), "byte=1");
    EXPECT_EQ(scenario::measure(plain, "proxy", "openai").size(), 1u) << "one request";
    EXPECT_EQ(labels(file("sweep\n    byte every byte of openai -> proxy but first 9 but last 7\n" +
                          text))
                  .size(),
              bytes - 16);
}

TEST_F(Sweep, OneConnectionOfAWayIsMeasuredAndBrokenAlone) {
    std::string const actors =
        "provider openai\n    turn\n        +1ms text \"a\"\n        +1ms finish stop\n"
        "    turn\n        +1ms text \"b\"\n        +1ms finish stop\n"
        "client\n    ask \"x\"\n    ask \"y\"\n";
    auto const plain = scenario::parse(actors, "x.scenario");
    EXPECT_GT(scenario::measure(plain, "openai", "proxy", 2).size(), 1u);
    EXPECT_TRUE(scenario::measure(plain, "openai", "proxy", 3).empty());
    auto const broken = scenario::parse(
        actors + "network\n    openai -> proxy connection 2  reset after 1\n", "x.scenario");
    int answers = 0, errors = 0;
    for (auto const& e : scenario::play(broken, {}).events) {
        answers += e.to == "client" && e.verb == "text";
        errors += e.to == "client" && e.verb == "error";
    }
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(errors, 1);
}

TEST_F(Sweep, AFaultAtEachByteIsAnotherStory) {
    auto const path = file(
        "sweep\n    byte every byte of openai -> proxy step 61\n"
        "provider openai\n    turn\n        +1ms text \"abc\"\n        +1ms finish stop\n"
        "client\n    ask \"x\"\nnetwork\n    openai -> proxy  reset after $byte\n");
    int ended = 0, failed = 0;
    for (auto const& s : scenario::instances(path, scenario::measure)) {
        auto const came = scenario::play(s, {});
        EXPECT_EQ(came.is, scenario::verdict::passed) << s.instance;
        for (auto const& e : came.events) {
            ended += e.verb == "end" && e.from == "proxy";
            failed += e.verb == "error" && e.from == "proxy";
        }
    }
    EXPECT_EQ(ended, 0);
    EXPECT_GT(failed, 5);
}

TEST_F(Sweep, PairsOfValuesAreFewerThanTheProduct) {
    std::vector<std::size_t> const sizes{14, 2, 2, 3};
    auto const                     rows = scenario::all_pairs(sizes);
    EXPECT_LE(rows.size(), 43u) << "the product has 168, and the two longest columns need 42";
    EXPECT_EQ(rows.front(), (std::vector<std::size_t>{0, 0, 0, 0}));
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    for (std::size_t a = 0; a < sizes.size(); ++a)
        for (std::size_t b = a + 1; b < sizes.size(); ++b) {
            std::set<std::pair<std::size_t, std::size_t>> seen;
            for (auto const& row : rows) seen.emplace(row[a], row[b]);
            EXPECT_EQ(seen.size(), sizes[a] * sizes[b]) << "columns " << a << " and " << b;
        }
    EXPECT_EQ(scenario::all_pairs({3}), scenario::product({3}));
    EXPECT_EQ(scenario::all_pairs({3, 4}), scenario::product({3, 4}));
    EXPECT_EQ(scenario::product({2, 0}).size(), 0u);
}

TEST_F(Sweep, PairsAreInstancesLikeOthers) {
    auto const path = file(std::string("sweep pairs\n    format openai anthropic\n"
                                       "    delay 1ms 2ms\n    b 1..2\n") +
                           story);
    EXPECT_EQ(labels(path),
              (std::vector<std::string>{
                  "format=openai,delay=1ms,b=1", "format=openai,delay=2ms,b=2",
                  "format=anthropic,delay=1ms,b=2", "format=anthropic,delay=2ms,b=1"}));
}

TEST_F(Sweep, TooManyAreRefusedBeforeTheyAreMade) {
    auto const huge = file(std::string("sweep\n    format openai\n    delay 1ms\n"
                                       "    b 1..999999999 step 40000\n") +
                           story);
    EXPECT_THROW(labels(huge), scenario::syntax_error);
    auto const wide = file(std::string("sweep pairs\n    format openai anthropic\n"
                                       "    delay 1ms\n    b 1..10001\n") +
                           story);
    EXPECT_THROW(labels(wide), scenario::syntax_error);
}
