#include "scenarios/trace_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "scenarios/case_words.hpp"
#include "scenarios/kept_json.hpp"
#include "tests/scenarios/one_in.hpp"
#include "tests/scenarios/some_run.hpp"

namespace {

using scenario::case_result;
using scenario::run_result;

std::string text_of(scenario::objection const& o) {
    auto text = o.check + '|' + o.problem + '|' + o.detail + '|' + std::to_string(o.where.line) +
                ':' + std::to_string(o.where.column) + ':' + std::to_string(o.where.width) + '|' +
                o.expected;
    if (o.event) text += "|event " + std::to_string(*o.event);
    if (o.after) text += "|after " + std::to_string(*o.after);
    if (o.expected_at) text += "|at " + std::to_string(o.expected_at->count());
    return text + '\n';
}

std::string objections_of(case_result const& c) {
    std::string text(scenario::told(c));
    for (auto const& o : c.came.objections) text += text_of(o);
    return text;
}

case_result judged_again(case_result const& c) {
    run_result run;
    run.cases.push_back(c);
    auto kept = scenario::read_trace(scenario::trace_text(run), "kept.jsonl");
    EXPECT_EQ(kept.size(), 1u);
    auto again = std::move(kept.at(0).what);
    EXPECT_EQ(kept[0].was, scenario::how_it_stands(c));
    scenario::pass_judgement(*again.played, again.came, again.how.only_check);
    return again;
}

void expect_same(std::vector<runtime::event> const& a, std::vector<runtime::event> const& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_EQ(a[i].to_text(), b[i].to_text());
        EXPECT_EQ(a[i].at, b[i].at);
        EXPECT_EQ(a[i].exchange, b[i].exchange);
        EXPECT_EQ(a[i].quiet, b[i].quiet);
        EXPECT_EQ(a[i].number, b[i].number);
        EXPECT_EQ(a[i].detail, b[i].detail);
    }
}

void expect_same_verdict(case_result const& c) {
    auto const again = judged_again(c);
    EXPECT_EQ(again.came.is, c.came.is) << c.id;
    EXPECT_EQ(objections_of(again), objections_of(c)) << c.id;
    EXPECT_EQ(again.id, c.id);
    EXPECT_EQ(again.played->id(), c.played->id());
    expect_same(again.came.events, c.came.events);
    expect_same(again.came.beside, c.came.beside);
    expect_same(again.came.twin, c.came.twin);
    expect_same(again.came.mcp, c.came.mcp);
}

// Breaks what was played in a way of its own; false if this cannot be done to it.
bool spoil(case_result& c, int way) {
    auto& events = c.came.events;
    auto  loud = [](runtime::event const& e) { return !e.quiet; };
    auto  middle = std::find_if(events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2),
                                events.end(), loud);
    if (middle == events.end()) return false;
    if (way == 0) {
        events.erase(middle);
        for (std::size_t i = 0; i < events.size(); ++i) events[i].number = i;
    } else if (way == 1) {
        middle->words += "\xff\x01 \"spoiled\"";
    } else {
        c.came.left_over.push_back("connection to nobody \xfe");
        c.came.loop_trouble.push_back("slow");
    }
    scenario::pass_judgement(*c.played, c.came, {});
    return true;
}

std::string why_not(std::string const& text) {
    try {
        scenario::read_trace(text, "kept.jsonl");
        return "read";
    } catch (scenario::syntax_error const& e) {
        return e.what();
    }
}

std::string kept_answer() {
    run_result run;
    run.cases.push_back(played_case("text/holds", one_answer("bytes", "10ms")));
    return scenario::trace_text(run);
}

std::string changed(std::string text, std::string const& from, std::string const& to) {
    auto const at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

void expect_said(std::string const& text, std::string const& piece) {
    EXPECT_NE(text.find(piece), text.npos) << text;
}

}  // namespace

class TraceFileOf : public testing::TestWithParam<std::string> {};

// A family of the library.
TEST_P(TraceFileOf, IsJudgedAgainAsItWas) {
    std::size_t failed = 0, tried = 0;
    auto const  cases = played_library('/' + GetParam());
    for (std::size_t i = 0; i < cases.size(); i += one_in()) {
        auto const& c = cases[i];
        ++tried;
        ASSERT_TRUE(c.unreadable.empty()) << c.unreadable;
        expect_same_verdict(c);
        for (int way = 0; way < 3; ++way) {
            auto spoiled = c;
            if (!spoil(spoiled, way)) continue;
            failed += spoiled.came.is == scenario::verdict::failed;
            expect_same_verdict(spoiled);
        }
    }
    EXPECT_GE(failed, tried);
}

std::vector<std::string> families() {
    std::vector<std::string> all;
    for (auto const& entry : std::filesystem::directory_iterator(SCENARIO_LIBRARY))
        if (entry.is_directory()) all.push_back(entry.path().filename());
    std::ranges::sort(all);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Library, TraceFileOf, testing::ValuesIn(families()),
                         [](auto const& family) { return family.param; });

TEST(TraceFile, AHangIsKept) {
    auto const c =
        played_case("text/hang", one_answer("bytes", "10ms") +
                                     "\nclient second\n    wait  proxy -> client  error\n"
                                     "    ask  \"And?\"\n");
    ASSERT_EQ(c.came.objections.at(0).check, "hang");
    expect_same_verdict(c);
}

TEST(TraceFile, EveryKindOfCaseIsKept) {
    auto const run = some_run();
    auto const kept = scenario::read_trace(scenario::trace_text(run), "kept.jsonl");
    ASSERT_EQ(kept.size(), run.cases.size() - 1);  // the unreadable one was never played
    for (std::size_t i = 0; i < kept.size(); ++i) {
        auto again = kept[i].what;
        scenario::pass_judgement(*again.played, again.came, {});
        EXPECT_EQ(objections_of(again), objections_of(run.cases[i]));
        EXPECT_EQ(scenario::how_it_stands(again), scenario::how_it_stands(run.cases[i]));
        EXPECT_EQ(again.how.cut, run.cases[i].how.cut);
        EXPECT_EQ(again.how.seed, run.cases[i].how.seed);
        EXPECT_EQ(again.nanoseconds, run.cases[i].nanoseconds);
    }
}

TEST(TraceFile, AnEditedEventIsJudgedAsItStandsThere) {
    auto const text = kept_answer();
    auto const edited = changed(text, R"("to":"client","verb":"text","words":"\"Hi\"")",
                                R"("to":"client","verb":"text","words":"\"Ho\"")");
    for (auto const& [kept, is] : {std::pair(text, scenario::verdict::passed),
                                   std::pair(edited, scenario::verdict::failed)}) {
        auto c = scenario::read_trace(kept, "kept.jsonl").at(0).what;
        scenario::pass_judgement(*c.played, c.came, {});
        EXPECT_EQ(c.came.is, is) << objections_of(c);
    }
}

TEST(TraceFile, WhereItIsCutIsToldPlainly) {
    auto const text = kept_answer();
    ASSERT_EQ(why_not(text), "read");
    EXPECT_EQ(why_not(text.substr(0, text.size() - 1)), "read");  // only the last line's end
    for (auto cut = text.size() - 2; cut > 0; cut -= std::min<std::size_t>(cut, 37)) {
        auto const why = why_not(text.substr(0, cut));
        EXPECT_TRUE(why.find("this line stops in the middle") != why.npos ||
                    why.find("the file ends here, after ") != why.npos)
            << cut << ": " << why;
        EXPECT_TRUE(why.starts_with("kept.jsonl:")) << why;
    }
    expect_said(why_not(""), "kept.jsonl: this file is empty");
}

TEST(TraceFile, WhatIsWrongHasAPlace) {
    auto const text = kept_answer();
    expect_said(why_not("{\"a\": 1}\n"),
                "kept.jsonl:1:1: a performance should begin here\n\n  1 | {\"a\": 1}\n    | ^  its "
                "first member is \"lockstep-trace\"");
    expect_said(why_not("[1]\n"), "kept.jsonl:1:1: an object should stand here");
    expect_said(why_not("{\"a\": tru}\n"), "kept.jsonl:1:10: this is not JSON");
    expect_said(why_not(changed(text, "lockstep-trace\":4", "lockstep-trace\":5")),
                "this lockstep reads version 4");
    expect_said(why_not(changed(text, "\"quiet\":", "\"quite\":")),
                "there is no \"quiet\" in this line");
    expect_said(why_not(changed(text, "\"number\":3", "\"number\":4")),
                "number 3 of events should stand here");
    expect_said(why_not(changed(text, "\"verdict\":\"passed\"", "\"verdict\":\"fine\"")),
                "'fine' is not a verdict");
    expect_said(why_not(changed(text, "\"at\":10000000", "\"at\":\"soon\"")),
                "a whole number should stand here");
    expect_said(why_not(changed(text, "\"seed\":null", "\"seed\":\"x\"")),
                "a number from 0 on should stand here");
    expect_said(why_not(changed(text, "lockstep-trace\":4", "lockstep-trace\":5")),
                "this version of the format is unknown here");
    expect_said(why_not(changed(text, "\"performance\":1", "\"performance\":7")),
                "performance 1 should begin here");
    expect_said(why_not(changed(text, "\"from\":\"client\"", "\"from\":1")),
                "a text should stand here");
    expect_said(why_not(changed(text, "\"quiet\":false", "\"quiet\":0")),
                "true or false should stand here");
    expect_said(why_not(changed(text, "\"left_over\":[]", "\"left_over\":[1]")),
                "a list of texts should stand here");
    expect_said(why_not(changed(text, "\"words\":", "\"words\":{\"$bytes\":\"zz\"},\"w\":")),
                "'$bytes' is not written as it should be");
    expect_said(why_not(changed(text, "\"real\":false", "\"real\":0")),
                "options are seed, cut, real and check");
    expect_said(why_not(changed(text, "\"hang\":null", "\"hang\":{}")),
                "a hang has problem, detail, line, column and width");
    expect_said(why_not(changed(text, "\"recordings\":{}", "\"recordings\":{\"x\":[1]}")),
                "a recording is the text of its file");
    expect_said(why_not(text + "{\"surplus\":1}\n"),
                "the file should have ended with the line above");
    expect_said(why_not(changed(text, "provider openai", "provder openai")),
                "'provder' is not a section");
    auto const late = text.rfind("\"list\":\"events\"");
    auto       back = text;
    back.replace(back.find("\"at\":", late), 5, "\"at\":-");
    expect_said(why_not(back), "this event is earlier than the one above");
}

TEST(TraceFile, AnyBytesAreKept) {
    using nlohmann::json;
    json const odd{{"text", "\xc3\x28"},
                   {"$bytes", "plain"},
                   {"\xff", json::array({1, -1, 0.5})},
                   {"nested", {{"$x", {}}}},
                   {"fine", "\xf0\x9f\x8e\xb2"}};
    auto const kept = scenario::to_kept(odd);
    EXPECT_EQ(scenario::from_kept(json::parse(kept.dump())), odd) << kept.dump();
    EXPECT_EQ(scenario::to_kept("\xc3\x28").dump(), R"({"$bytes":"c328"})");
    EXPECT_THROW(scenario::from_kept(json{{"$bytes", "c3f"}}), std::invalid_argument);
    EXPECT_THROW(scenario::from_kept(json{{"$bytes", "zz"}}), std::invalid_argument);
    EXPECT_THROW(scenario::from_kept(json{{"$members", json::array({1})}}), std::invalid_argument);
    EXPECT_THROW(scenario::from_kept(json{{"$other", 1}}), std::invalid_argument);
}

TEST(TraceFile, ARecordingComesWithIt) {
    run_result run;
    run.cases = played_library("/bytes/recorded_text.scenario");
    auto const text = scenario::trace_text(run);
    EXPECT_EQ(why_not(text), "read");
    // Its path may lead nowhere on the machine that judges.
    EXPECT_EQ(why_not(changed(text, SCENARIO_LIBRARY, "/nowhere")), "read");
    expect_said(why_not(changed(text, "\"recordings\":{\"", "\"recordings\":{\"not-")),
                "the recording 'openai-text.rec' has not been kept");
}
