#include <gtest/gtest.h>

#include "scenarios/rewrite.hpp"

// What passed, written into the file as what is expected.

namespace {

constexpr char head[] =
    "# Title.\n\nprovider openai\n    turn\n        +5ms  text \"a\"\n              finish stop\n\n"
    "client\n    ask \"x\"\n";

constexpr char exact[] =
    "expect exactly\n"
    "    0ms  client -> proxy   ask \"x\"\n"
    "    0ms  proxy  -> openai  turn 1\n"
    "    5ms  openai -> proxy   text \"a\"\n"
    "    5ms  openai -> proxy   finish stop\n"
    "    5ms  proxy  -> client  text \"a\"\n"
    "    5ms  proxy  -> client  end stop\n";

std::string rewritten(std::string const& text) {
    auto const s = scenario::parse(text, "x.scenario");
    return scenario::rewritten(s, text, scenario::play(s, {}).events);
}

}  // namespace

TEST(Rewrite, FillsInWhatPassed) {
    EXPECT_EQ(rewritten(std::string(head) + "\nexpect exactly\n    1s  proxy -> client  end\n"),
              std::string(head) + "\n" + exact);
    EXPECT_EQ(rewritten(head), std::string(head) + "\n" + exact) << "it had no expectation";
}

TEST(Rewrite, LeavesTheOtherSectionsAlone) {
    auto const tail = "\n# Why not.\nnever\n    proxy -> client  error\n";
    EXPECT_EQ(rewritten(std::string(head) + "\nexpect exactly\n    0ms  proxy -> openai  turn 1\n" +
                        tail),
              std::string(head) + "\n" + exact + tail);
}

TEST(Rewrite, ChangesNothingTwice) {
    auto const once = rewritten(head);
    EXPECT_EQ(rewritten(once), once);
    EXPECT_EQ(scenario::play(scenario::parse(once, "x.scenario"), {}).is,
              scenario::verdict::passed);
}

TEST(Rewrite, LeavesAnExpectationThatChooses) {
    auto const text = std::string(head) + "\nexpect\n    5ms  proxy -> client  text \"b\"\n";
    EXPECT_EQ(rewritten(text), text);
}
