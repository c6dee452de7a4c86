#include "scenarios/report.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "scenarios/checks.hpp"
#include "tests/scenarios/passed.hpp"

namespace {

std::string contents(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// reports/NAME.txt holds the whole report. With LOCKSTEP_REWRITE in the environment it is
// written anew, to be reviewed.
void expect_golden(std::string const& name, std::string const& text) {
    auto const path = std::string(SCENARIO_TESTS "/reports/") + name + ".txt";
    if (std::getenv("LOCKSTEP_REWRITE") != nullptr) std::ofstream(path) << text;
    EXPECT_EQ(text, contents(path));
}

scenario::scenario sample(std::string const& name) {
    return scenario::parse(contents(SCENARIO_TESTS "/samples/" + name + ".scenario"),
                           name + ".scenario");
}

std::string judged(std::string const& name, std::string const& trace) {
    auto const s = sample(name);
    auto const events = passed(trace);
    return scenario::report(s, events, scenario::judge(s, events, {}));
}

std::string const tool_call = R"(
      0ms  client     -> proxy       ask "Say hello through the tool."
      0ms  proxy      -> openai      turn 1
    120ms  openai     -> proxy       text "Let me ask. "
  ~ 120ms  proxy      -> client      frame "x"
    120ms  proxy      -> client      text "Let me ask. "
    135ms  proxy      -> everything  call echo {"text":"hello"}
    175ms  everything -> proxy       result "hello"
    175ms  proxy      -> openai      turn 2
    375ms  proxy      -> client      text "It says: "
    390ms  proxy      -> client      text "hello."
    390ms  proxy      -> client      end stop
)";

}  // namespace

TEST(Report, TellsOfALineThatCameLate) {
    expect_golden("came_late", judged("stalled_provider", R"(
        0ms    client -> proxy   ask "How deep is the sea?"
        200ms  proxy  -> client  text "The sea is "
        29.2s  openai -> proxy   text "deep: "
        29.2s  proxy  -> client  text "deep: "
        89.2s  proxy  -> client  error idle-timeout
        89.2s  proxy  -> client  close
    )"));
}

TEST(Report, TellsOfALineThatNeverCame) {
    auto trace = tool_call;
    trace.erase(trace.find("    390ms  proxy      -> client      end stop"));
    expect_golden("never_came", judged("tool_call", trace));
}

TEST(Report, TellsWhatCameInstead) {
    auto trace = tool_call;
    trace.replace(trace.find("\"hello.\""), 8, "\"hullo.\"");
    expect_golden("other_words", judged("tool_call", trace));
}

TEST(Report, TellsOfALineThatMustNotPass) {
    expect_golden("must_not_pass",
                  judged("tool_call", tool_call + "400ms proxy -> client tool echo {}\n"));
}

TEST(Report, TellsOfALineThatCameBefore) {
    auto       s = sample("tool_call");
    auto const events = passed(tool_call);
    std::swap(s.expect[6], s.expect[7]);
    for (auto& line : s.expect) line.at = {};
    expect_golden("came_before", scenario::report(s, events, scenario::judge(s, events, {})));
}

TEST(Report, MarksTheEventOfACheck) {
    auto const          s = sample("tool_call");
    auto const          events = passed(tool_call);
    scenario::objection quiet;
    quiet.check = "chat-grammar";
    quiet.problem = "[DONE] comes a second time";
    quiet.event = 3;
    scenario::objection text;
    text.check = "text";
    text.problem = "the client has other text than the provider said";
    text.detail = "at byte 3 the client has \"x\", the provider said \"y\"";
    text.event = 9;
    scenario::objection nowhere;
    nowhere.check = "leftovers";
    nowhere.problem = "left over: 1 connection proxy -> openai";
    expect_golden("checks", scenario::report(s, events, {quiet, text, nowhere}));
}

TEST(Report, TellsWhoWaits) {
    auto const          s = sample("client_hangs_up");
    scenario::objection hang;
    hang.check = "hang";
    hang.problem = "nothing more can happen";
    hang.detail = "client waits for this";
    hang.where = s.clients[0].steps[1].where;
    expect_golden("hang", scenario::report(s, {}, {hang}));
}

TEST(Report, StopsCountingAfterAWhile) {
    scenario::objection o;
    o.check = "leftovers";
    o.problem = "left over: 1 alarm";
    auto const text = scenario::report(sample("tool_call"), {}, {8, o});
    EXPECT_NE(text.find("\nand 3 more\n"), text.npos) << text;
}

TEST(Transcript, IsAlignedAndCanBePastedIntoAFile) {
    expect_golden("transcript", scenario::transcript(passed(tool_call)));
    auto const again = passed(scenario::transcript(passed(tool_call)));
    EXPECT_EQ(scenario::transcript(again), scenario::transcript(passed(tool_call)));
    EXPECT_EQ(again.size(), 10u);
}

TEST(Transcript, ShowsQuietEventsOnDemand) {
    auto const all = scenario::transcript(passed(tool_call), true);
    EXPECT_NE(all.find(R"(frame "\"x\"")"), all.npos) << all;
}
