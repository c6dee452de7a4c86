#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "runtime/real_program.hpp"
#include "scenarios/case_words.hpp"
#include "scenarios/matrix.hpp"

namespace {

using scenario::verdict;

scenario::case_result made(std::string const& id, verdict is, std::string const& problem = {}) {
    scenario::scenario s;
    s.title = "About " + id + ".";
    s.families = {"tools"};
    scenario::case_result c;
    c.id = id;
    c.played = std::make_shared<scenario::scenario const>(s);
    c.came.is = is;
    if (is == verdict::inconclusive) c.came.inconclusive = "the machine stood still for 80ms";
    if (!problem.empty()) {
        scenario::objection o;
        o.check = "text";
        o.problem = problem;
        c.came.objections.push_back(o);
    }
    return c;
}

std::vector<scenario::run_result> runs() {
    std::vector<scenario::run_result> all(2);
    all[0].gateway = "ours";
    all[0].cases = {made("a/held", verdict::passed), made("a/lost", verdict::passed),
                    made("b/late_one", verdict::passed), made("b/old", verdict::failed, "was so")};
    all[0].cases[3].expected_failure = "by | design";
    all[1].gateway = "theirs";  // in another order, as its configurations wanted it
    all[1].cases = {made("b/late_one", verdict::inconclusive, "came late"),
                    made("a/lost", verdict::failed, "a word is lost"),
                    made("b/old", verdict::passed), made("a/held", verdict::passed)};
    all[1].cases[2].unmet = {"mcp", "stdio"};
    return all;
}

}  // namespace

TEST(Matrix, IsATableOfScenariosByGateways) {
    EXPECT_EQ(scenario::table_of(scenario::matrix_of(runs()), false),
              "scenario    ours   theirs\n"
              "a/held      ok     ok    \n"
              "a/lost      ok     FAIL  \n"
              "b/late_one  ok     ?     \n"
              "b/old       known  -     \n"
              "\n"
              "ours: 3 ok, 1 known\n"
              "theirs: 1 ok, 1 failed, 1 n/a, 1 inconclusive\n");
}

TEST(Matrix, HasColoursWhereTheyAreWanted) {
    auto const text = scenario::table_of(scenario::matrix_of(runs()), true);
    EXPECT_NE(text.find("\x1b[31mFAIL  \x1b[0m"), text.npos) << text;
    EXPECT_EQ(scenario::table_of(scenario::matrix_of(runs()), false).find('\x1b'), text.npos);
}

TEST(Matrix, IsMarkdownWithTheReasonsBelow) {
    EXPECT_EQ(scenario::markdown_of(scenario::matrix_of(runs())),
              "| scenario | ours | theirs |\n"
              "|---|---|---|\n"
              "| a/held | ok | ok |\n"
              "| a/lost | ok | FAIL |\n"
              "| b/late\\_one | ok | ? |\n"
              "| b/old | known | - |\n"
              "| **sum** | 3 ok, 1 known | 1 ok, 1 failed, 1 n/a, 1 inconclusive |\n"
              "\n"
              "- a/lost, theirs: FAIL, text: a word is lost\n"
              "- b/late\\_one, theirs: ?, the machine stood still for 80ms\n"
              "- b/old, ours: known, by \\| design\n");
}

TEST(Matrix, IsJson) {
    auto const all = scenario::json_of(scenario::matrix_of(runs()));
    EXPECT_EQ(all["version"], 1);
    EXPECT_EQ(all["gateways"], nlohmann::json::parse(R"(["ours", "theirs"])"));
    ASSERT_EQ(all["scenarios"].size(), 4u);
    EXPECT_EQ(all["scenarios"][1], nlohmann::json::parse(R"({
        "id": "a/lost", "title": "About a/lost.", "family": "tools",
        "verdicts": {"ours": {"verdict": "passed"},
                     "theirs": {"verdict": "failed", "why": "text: a word is lost"}}})"));
    EXPECT_EQ(all["scenarios"][3]["verdicts"]["theirs"],
              nlohmann::json::parse(R"({"verdict": "not applicable", "why": "needs mcp"})"));
}

TEST(Matrix, EndsByTheWorstOfItsCells) {
    auto all = runs();
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 1);
    all[1].cases[1].expected_failure = "known";
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 3);
    all[1].cases.erase(all[1].cases.begin());
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 0);
    all[0].cases[0].expected_failure = "stale";
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 1);
    all[0].cases[0].unreadable = "x.scenario:1:1: what?";
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 2);
}

namespace {

runtime::event heard(std::string const& verb, std::string const& words,
                     std::uint64_t exchange = 1) {
    runtime::event e;
    e.from = "proxy";
    e.to = "client";
    e.verb = verb;
    e.words = words;
    e.exchange = exchange;
    return e;
}

using kind = scenario::frame_pair::kind;

std::vector<kind> kinds(std::vector<scenario::frame_pair> const& pairs) {
    std::vector<kind> all;
    for (auto const& pair : pairs) all.push_back(pair.is);
    return all;
}

std::vector<scenario::run_result> compared_runs(std::string const& said) {
    auto all = runs();
    all[0].gateway = scenario::direct_connection;
    for (auto& run : all)
        for (auto& c : run.cases)
            c.came.events = {heard("head", ""), heard("frame", "{\"id\":\"1\",\"text\":\"Hi\"}")};
    all[1].cases[1].came.events[1] = heard("frame", said);
    return all;
}

}  // namespace

TEST(FrameDiff, FindsAsLittleAsPossible) {
    EXPECT_EQ(kinds(scenario::compared({"a", "b", "c"}, {"a", "b", "c"})),
              (std::vector{kind::same, kind::same, kind::same}));
    EXPECT_EQ(kinds(scenario::compared({"a", "b", "c"}, {"a", "c"})),
              (std::vector{kind::same, kind::only_left, kind::same}));
    EXPECT_EQ(kinds(scenario::compared({"a", "c"}, {"a", "b", "c", "d"})),
              (std::vector{kind::same, kind::only_right, kind::same, kind::only_right}));
    EXPECT_EQ(kinds(scenario::compared({"a", "b", "c"}, {"a", "x", "y", "c"})),
              (std::vector{kind::same, kind::changed, kind::only_right, kind::same}));
    EXPECT_EQ(scenario::differences(scenario::compared({}, {"a"})), 1u);
    EXPECT_TRUE(scenario::compared({}, {}).empty());
}

TEST(FrameDiff, DoesNotLookAtNames) {
    auto const pairs = scenario::compared(
        {R"({"id":"a","created":1,"x":1})", R"({"message":{"id":"a","x":1}})", "[DONE]"},
        {R"({"id":"b","created":2,"x":1})", R"({"message":{"id":"b","x":2}})", "[DONE]"});
    EXPECT_EQ(kinds(pairs), (std::vector{kind::same, kind::changed, kind::same}));
    EXPECT_EQ(pairs[1].what, "replace /message/x");
}

TEST(FrameDiff, OfAHugeStreamIsNotMadeFrameByFrame) {
    std::vector<std::string> left, right;
    for (int i = 0; i < 3000; ++i) left.push_back("a" + std::to_string(i));
    for (int i = 0; i < 3000; ++i) right.push_back("b" + std::to_string(i));
    left.push_back("same");
    EXPECT_EQ(scenario::differences(scenario::compared(left, right)), 3001u);
    EXPECT_EQ(scenario::differences(scenario::compared(left, left)), 0u);
}

TEST(FrameDiff, ReadsWhatEachClientWasTold) {
    // Two answers at once: each for itself. What the gateway asks of others is no frame of a
    // client.
    std::vector<runtime::event> events{heard("head", "", 2),      heard("head", "", 1),
                                       heard("frame", "two", 2),  heard("frame", "one", 1),
                                       heard("status", "429", 2), heard("text", "\"one\"", 1),
                                       heard("body", "{}", 1)};
    auto                        asked = heard("frame", "of the provider");
    asked.to = "openai";
    events.push_back(asked);
    EXPECT_EQ(scenario::frames_of(events),
              (std::vector<std::string>{"one", "{}", "two", "status 429"}));
}

TEST(Matrix, ComparesWithTheDirectConnection) {
    auto const all = compared_runs("{\"id\":\"2\",\"text\":\"Ho\"}");
    auto const m = scenario::matrix_of(all);
    EXPECT_FALSE(m.rows[0].cells[0].is_compared) << "it is that connection";
    EXPECT_TRUE(m.rows[0].cells[1].is_compared);
    EXPECT_EQ(scenario::differences(m.rows[0].cells[1].frames), 0u);
    EXPECT_EQ(scenario::differences(m.rows[1].cells[1].frames), 1u);
    EXPECT_FALSE(m.rows[3].cells[1].is_compared) << "it was not played";
    EXPECT_EQ(scenario::json_of(m)["scenarios"][1]["verdicts"]["theirs"]["frames_unlike_direct"],
              1);
}

TEST(Matrix, BlamesNobodyForTheDirectConnection) {
    auto all = runs();
    all[1].cases[1].came.is = verdict::passed;
    all[1].cases[0].came.is = verdict::passed;
    all[0].cases[0].came.is = verdict::failed;
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 1);
    all[0].gateway = scenario::direct_connection;
    EXPECT_EQ(scenario::matrix_of(all).exit_status(), 0);
}

TEST(Matrix, HasAPageForEachCellThatWasPlayed) {
    auto const all = compared_runs("</pre><script>alert(1)</script> \xc3\x28");
    auto const m = scenario::matrix_of(all);
    auto const pages = scenario::pages_of(m);
    EXPECT_EQ(pages.size(), 1u + 4u + 3u);
    auto const& index = pages.at("index.html");
    for (auto const& [name, text] : pages) {
        if (name != "index.html") EXPECT_NE(index.find("href=\"" + name + '"'), index.npos) << name;
        EXPECT_EQ(text.find("<script"), text.npos) << name;
        EXPECT_EQ(text.find('\xc3'), text.npos) << name << " is no UTF-8";
    }
    EXPECT_NE(index.find(">FAIL</a> <span class=\"dim\">&ne;1</span>"), index.npos);
    auto const& cell = pages.at("theirs/a.lost.html");
    EXPECT_NE(cell.find("1 of 1 frames differ"), cell.npos);
    EXPECT_NE(cell.find("<tr class=\"changed\">"), cell.npos);
    EXPECT_NE(cell.find("&lt;script&gt;alert(1)"), cell.npos);
    EXPECT_NE(cell.find("a word is lost"), cell.npos);
    EXPECT_NE(pages.at("theirs/a.held.html").find("0 of 1 frames differ"), std::string::npos);
}

TEST(Matrix, GivesNoTwoCellsOnePage) {
    std::vector<scenario::run_result> all(1);
    all[0].gateway = "../mine.gateway";
    all[0].cases = {made("a/b@x=1", verdict::passed), made("a/b@x:1", verdict::passed)};
    auto const pages = scenario::pages_of(scenario::matrix_of(all));
    EXPECT_EQ(pages.size(), 3u);
    EXPECT_TRUE(pages.contains("_...mine.gateway/a.b-x-1-2.html"));
}

// The program itself, on real sockets: a lost word of the provider's is lost with and without us.
TEST(Matrix, IsPlayedAndWritten) {
    runtime::own_folder const folder;
    auto const                at = folder.path();
    std::ofstream(at + "/x.scenario") << "# One word.\n\nprovider openai\n    turn\n        text "
                                         "\"Hi\"\n        finish stop\nclient\n    ask \"Who?\"\n";
    auto const command = std::string(LOCKSTEP_PROGRAM) + " matrix lockstep " + at +
                         "/x.scenario --html " + at + "/pages --json " + at +
                         "/m.json --markdown " + at + "/m.md > " + at + "/table";
    auto const status = std::system(command.c_str());
    EXPECT_TRUE(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3) << status;
    auto const text = [&](std::string const& name) {
        std::ifstream file(at + '/' + name);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_TRUE(text("table").starts_with("scenario")) << text("table");
    EXPECT_NE(text("table").find("\nlockstep: 1 "), std::string::npos) << text("table");
    EXPECT_NE(text("m.md").find("| scenario | direct | lockstep |"), std::string::npos);
    auto const kept = nlohmann::json::parse(text("m.json"), nullptr, false);
    ASSERT_FALSE(kept.is_discarded()) << text("m.json");
    EXPECT_EQ(kept["gateways"], nlohmann::json::parse(R"(["direct", "lockstep"])"));
    EXPECT_TRUE(kept["scenarios"][0]["verdicts"]["lockstep"].contains("frames_unlike_direct"));
    EXPECT_NE(text("pages/index.html").find("lockstep/"), std::string::npos);
}

TEST(Matrix, RefusesWhatIsNoGatewayBeforeAnythingIsPlayed) {
    auto const status = std::system(LOCKSTEP_PROGRAM " matrix nginks 2>/dev/null >&2");
    EXPECT_EQ(WEXITSTATUS(status), 2);
}

TEST(CommandAgain, IsTheRunThatItWas) {
    auto c = made("a/b", verdict::failed, "lost");
    EXPECT_EQ(scenario::command_again(c), "lockstep trace");
    c.how.seed = 7;
    c.how.order = runtime::ready_order::shuffled;
    c.how.cut = 9;
    EXPECT_EQ(scenario::command_again(c), "lockstep trace --seed 7 --cut 9");
    c.how = {};
    c.how.real = true;
    EXPECT_EQ(scenario::command_again(c), "lockstep trace --real");
    c.came.gateway = "./mine.gateway";
    EXPECT_EQ(scenario::command_again(c), "lockstep run --verbose --gateway ./mine.gateway");
    EXPECT_NE(
        scenario::told(c).find("see all of it:  lockstep run --verbose --gateway ./mine.gateway"),
        std::string::npos);
}
