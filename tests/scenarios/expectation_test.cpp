#include "scenarios/expectation.hpp"

#include <gtest/gtest.h>

#include "tests/scenarios/passed.hpp"

using namespace std::chrono_literals;

namespace {

std::string const nobody_is_missing = "client\nprovider openai\nmcp archive over stdio\n";

std::vector<scenario::objection> judged(std::string const& sections, std::string const& trace,
                                        scenario::tolerance slack = {}) {
    auto const s = scenario::parse(nobody_is_missing + sections, "x.scenario");
    return scenario::judge(s, passed(trace), slack);
}

std::string told(std::vector<scenario::objection> const& objections) {
    std::string text;
    for (auto const& o : objections) {
        text += (text.empty() ? "" : "; ") + o.check + " " + std::to_string(o.where.line) + ": " +
                o.problem + ": " + o.detail;
    }
    return text;
}

std::string const answer = R"(
    0ms    client -> proxy   ask "Who?"
    0ms    proxy  -> openai  turn 1
    120ms  openai -> proxy   text "a"
    120ms  proxy  -> client  text "a"
    120ms  proxy  -> client  text "b"
    150ms  proxy  -> client  text "a"
    200ms  proxy  -> client  end stop
    200ms  proxy  -> openai  close
)";

// Fails only where `late` and `early` say so.
struct sample {
    std::string lines;
    std::string told;
};

}  // namespace

TEST(Matching, IsByWayAndFirstWords) {
    auto const e = passed(R"(5ms proxy -> archive call search {"a": 1, "b": [2]})")[0];
    auto const matches = [&](std::string const& line) {
        auto const s = scenario::parse(nobody_is_missing + "expect\n  " + line, "x.scenario");
        return scenario::matches(s.expect.at(0), e);
    };
    EXPECT_TRUE(matches("proxy -> archive"));
    EXPECT_TRUE(matches("proxy -> archive call"));
    EXPECT_TRUE(matches("proxy -> archive call search"));
    EXPECT_TRUE(matches(R"(proxy -> archive call search {"b":[2.0],"a":1})"));
    EXPECT_FALSE(matches(R"(proxy -> archive call search {"a": 1})"));
    EXPECT_FALSE(matches(R"(proxy -> archive call search {"a": 1, "b": [2]} more)"));
    EXPECT_FALSE(matches("proxy -> archive call sea"));
    EXPECT_FALSE(matches("archive -> proxy progress"));
    EXPECT_FALSE(matches("proxy -> client tool"));
}

TEST(Matching, SeesNoQuietEvent) {
    auto const s = scenario::parse(nobody_is_missing + "never\n  proxy -> client text", "x");
    EXPECT_TRUE(scenario::matches(s.never[0], passed("1ms proxy -> client text x")[0]));
    EXPECT_FALSE(scenario::matches(s.never[0], passed("~ 1ms proxy -> client text x")[0]));
}

TEST(Expectation, Holds) {
    for (std::string const lines : {
             "  0ms  client -> proxy ask \"Who?\"\n  120ms  proxy -> client text \"a\"\n",
             "  120ms  proxy -> client text \"b\"\n  +30ms  proxy -> client text \"a\"\n",
             "  120ms proxy -> client text \"a\"\n  150ms proxy -> client text \"a\"\n",
             "  150ms proxy -> client text \"a\"\n",  // another like it passed before
             "  100ms..130ms proxy -> client text\n  +50ms..80ms proxy -> client end\n",
             "  proxy -> openai close\n",
             "  *  proxy -> client end\n  +0s  proxy -> openai close\n",
             "",
         })
        EXPECT_EQ(told(judged("expect\n" + lines, answer)), "") << lines;
}

TEST(Expectation, NamesWhatIsWrong) {
    for (auto const& [lines, wrong] : std::vector<sample>{
             {"  119ms proxy -> client text \"b\"\n",
              "expect 5: came late: came at 120ms, 1ms late"},
             {"  121ms proxy -> client text \"b\"\n",
              "expect 5: came early: came at 120ms, 1ms early"},
             {"  1ms..119ms proxy -> client text \"b\"\n",
              "expect 5: came late: came at 120ms, 1ms late"},
             {"  120ms proxy -> client text \"b\"\n  +79ms proxy -> client end\n",
              "expect 6: came late: came 80ms after the line above"},
             {"  120ms proxy -> client text \"b\"\n  +81ms..2s proxy -> client end\n",
              "expect 6: came early: came 80ms after the line above"},
             {"  proxy -> client text \"c\"\n", "expect 5: never came: instead came: text \"a\""},
             {"  proxy -> client end\n  proxy -> client comment\n",
              "expect 6: never came: nothing like it passed after the line above"},
             {"  archive -> proxy result\n", "expect 5: never came: nothing like it passed"},
             {"  proxy -> client end\n  proxy -> client text \"b\"\n",
              "expect 6: came before the line above: came at 120ms, the line above at 200ms"},
             // Passed once, but expected twice.
             {"  proxy -> client end\n  proxy -> client end\n",
              "expect 6: never came: nothing like it passed after the line above"},
             // "b" is another line's, so it is not what came instead.
             {"  proxy -> client text \"a\"\n  proxy -> client text \"c\"\n"
              "  proxy -> client text \"b\"\n",
              "expect 6: never came: instead came: text \"a\""},
         })
        EXPECT_EQ(told(judged("expect\n" + lines, answer)), wrong) << lines;
}

TEST(Expectation, KeepsTheOrderOfOneInstantOnOneConnection) {
    EXPECT_EQ(told(judged("expect\n"
                          "  proxy -> client text \"b\"\n  proxy -> client text \"a\"\n",
                          "  1ms proxy -> client text \"a\"\n"
                          "  1ms proxy -> client text \"b\"\n")),
              "expect 6: came before the line above: came at the same instant, but before it");
    // No event is met twice on the way back.
    EXPECT_NE(told(judged("expect\n  proxy -> openai close\n  proxy -> client end\n"
                          "  proxy -> openai close\n",
                          answer)),
              "");
    // Between two connections there is none.
    EXPECT_EQ(told(judged("expect\n  proxy -> openai close\n  +0s proxy -> client end\n", answer)),
              "");
}

TEST(Expectation, StopsAtTheFirstBrokenLine) {
    EXPECT_EQ(
        judged("expect\n  1ms proxy -> client end\n  2ms proxy -> openai close\n", answer).size(),
        1u);
}

TEST(Expectation, WidensItsWindowsBySlackOnly) {
    scenario::tolerance const slack{5ms, 50ms};
    auto const                expect = [&](std::string const& line) {
        return told(judged("expect\n  " + line, answer, slack));
    };
    EXPECT_EQ(expect("150ms proxy -> client end"), "");
    EXPECT_EQ(expect("149ms proxy -> client end"), "expect 5: came late: came at 200ms, 51ms late");
    EXPECT_EQ(expect("205ms proxy -> client end"), "");
    EXPECT_EQ(expect("206ms proxy -> client end"),
              "expect 5: came early: came at 200ms, 6ms early");
}

TEST(Expectation, TellsWhereAndWhatItExpected) {
    auto const o =
        judged("expect\n  proxy -> client text \"b\"\n  +1s proxy -> client end stop\n", answer)[0];
    EXPECT_EQ(o.where.line, 6);
    EXPECT_EQ(o.where.column, 3);
    EXPECT_EQ(o.where.width, 3);
    EXPECT_EQ(o.event, 6u);
    EXPECT_EQ(o.after, 4u);
    EXPECT_EQ(o.expected, "proxy -> client  end stop");
    EXPECT_EQ(o.expected_at, 1120ms);
}

std::string const small = R"(
    0ms    client -> proxy   ask "Who?"
  ~ 0ms    proxy  -> client  head
    120ms  proxy  -> client  text "a"
    200ms  proxy  -> client  end stop
)";

TEST(ExactExpectation, HoldsForTheWholeListOnly) {
    for (auto const& [lines, wrong] : std::vector<sample>{
             {"  client -> proxy ask\n  120ms proxy -> client text\n  +80ms proxy -> client end\n",
              ""},
             {"  client -> proxy ask\n  proxy -> client text\n",
              "expect 6: something else passed: not in the list: end stop"},
             {"", "expect 0: something else passed: not in the list: ask \"Who?\""},
             {"  client -> proxy ask\n  proxy -> client end\n",
              "expect 6: something else passed: not in the list: text \"a\""},
             {"  client -> proxy ask\n  proxy -> client text \"b\"\n  proxy -> client end\n",
              "expect 6: never came: instead came: text \"a\""},
             {"  client -> proxy ask\n  proxy -> client text\n  proxy -> client end\n"
              "  proxy -> client close\n",
              "expect 8: never came: nothing like it passed after the line above"},
             {"  client -> proxy ask\n  121ms proxy -> client text\n  proxy -> client end\n",
              "expect 6: came early: came at 120ms, 1ms early"},
         })
        EXPECT_EQ(told(judged("expect exactly\n" + lines, small)), wrong) << lines;
    EXPECT_EQ(told(judged("expect exactly\n", "~ 0ms proxy -> client head")), "");
}

TEST(Never, ObjectsToEachLineThatPassed) {
    auto const never = [](std::string const& lines) {
        return told(judged("never\n" + lines, answer));
    };
    EXPECT_EQ(never("  proxy -> client tool\n  proxy -> openai turn 2\n"), "");
    EXPECT_EQ(never("  proxy -> client end\n  archive -> proxy\n  proxy -> client text \"b\"\n"),
              "never 5: passed, but must not: passed at 200ms; "
              "never 7: passed, but must not: passed at 120ms");
    EXPECT_EQ(never("  0ms..199ms proxy -> client end\n"), "");
    EXPECT_EQ(never("  0ms..200ms proxy -> client end\n"),
              "never 5: passed, but must not: passed at 200ms");
    EXPECT_EQ(told(judged("never\n  0ms..200ms proxy -> client end\n", answer, {1ms, 1ms})), "");
    EXPECT_EQ(told(judged("never\n  200ms..1s proxy -> client end\n", answer, {1ms, 1ms})), "");
}
