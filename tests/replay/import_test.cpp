#include "scenarios/import.hpp"

#include <gtest/gtest.h>

#include "scenarios/recording_text.hpp"

namespace {

using namespace std::chrono_literals;

replay::recording imported(std::string const& name) {
    auto const path = std::string(REPLAY_TESTS) + "/imports/" + name;
    auto       r = scenario::import_recording(scenario::read_text(path), path);
    EXPECT_FALSE(r.note.empty());
    EXPECT_EQ(r.source, name);
    // What was made of it is a recording like any other.
    auto const text = scenario::to_text(r);
    EXPECT_EQ(scenario::to_text(scenario::parse_recording(text, name)), text);
    return r;
}

std::string problem_of(std::string const& text, std::string const& path) {
    try {
        scenario::import_recording(text, path);
        return "no problem";
    } catch (scenario::syntax_error const& e) {
        return e.what();
    }
}

TEST(Import, ABodyBecomesAnAnswerToAnything) {
    auto const r = scenario::import_recording("data: 1\n\ndata: 2\r\n\r\ndata: half", "x.sse");
    ASSERT_EQ(r.exchanges.size(), 1u);
    auto const& x = r.exchanges.front();
    EXPECT_TRUE(x.asked.method.empty());
    ASSERT_EQ(x.answered.pieces.size(), 3u);
    EXPECT_EQ(x.answered.pieces[1].bytes, "data: 2\r\n\r\n");
    EXPECT_NE(r.note.find("gaps"), r.note.npos);
    auto const lines = scenario::import_recording("{}\n{\"done\":true}\n", "x.ndjson");
    EXPECT_EQ(lines.exchanges.front().answered.pieces.size(), 2u);
}

TEST(Import, VcrpyCassettes) {
    auto const r = imported("vcrpy.yaml");
    ASSERT_EQ(r.exchanges.size(), 2u);
    auto const& x = r.exchanges[0];
    EXPECT_EQ(x.asked.method, "POST");
    EXPECT_EQ(x.asked.target, "/v1/chat/completions");
    EXPECT_EQ(x.asked.body, R"({"stream":true})");
    EXPECT_EQ(*runtime::find_field(x.asked.fields, "authorization"), "Bearer [redacted]");
    EXPECT_EQ(x.answered.status, 200u);
    ASSERT_EQ(x.answered.pieces.size(), 2u);
    EXPECT_EQ(x.answered.pieces[1].bytes, "data: [DONE]\n\n");
    EXPECT_EQ(replay::body_of(r.exchanges[1].answered), std::string("\0\1\2", 3));
}

TEST(Import, RubyAndGoCassettes) {
    auto const ruby = imported("ruby_vcr.yml");
    ASSERT_EQ(ruby.exchanges.size(), 1u);
    EXPECT_EQ(ruby.exchanges[0].asked.method, "POST");
    EXPECT_EQ(ruby.exchanges[0].answered.reason, "Slow Down");
    EXPECT_EQ(replay::body_of(ruby.exchanges[0].answered), R"({"a":1})");
    auto const go = imported("go_vcr.yaml");
    ASSERT_EQ(go.exchanges.size(), 1u);
    EXPECT_EQ(go.exchanges[0].answered.status, 429u);
    EXPECT_EQ(go.exchanges[0].answered.head_at, 1200ms);
}

TEST(Import, Har) {
    auto const r = imported("two.har");
    ASSERT_EQ(r.exchanges.size(), 2u);
    EXPECT_EQ(r.exchanges[0].asked.target, "/first?x=1");
    EXPECT_EQ(r.exchanges[1].at, 250ms);
    auto const& a = r.exchanges[1].answered;
    EXPECT_EQ(a.head_at, 120ms + 500us);
    EXPECT_EQ(a.ended_at, 620ms + 500us);
    EXPECT_EQ(a.pieces.size(), 2u);
    EXPECT_EQ(runtime::find_field(a.fields, ":status"), nullptr);
    EXPECT_EQ(replay::body_of(r.exchanges[0].answered), "bytes");
}

TEST(Import, AimockFixtures) {
    auto const r = imported("aimock.json");
    ASSERT_EQ(r.exchanges.size(), 3u);
    auto const& text = r.exchanges[0].answered;
    EXPECT_EQ(text.head_at, 100ms);
    EXPECT_EQ(text.pieces[1].at, 150ms);
    auto const body = replay::body_of(text);
    EXPECT_NE(body.find("Hello, this is a text"), body.npos) << body;
    EXPECT_TRUE(body.ends_with("data: [DONE]\n\n"));
    EXPECT_NE(replay::body_of(r.exchanges[1].answered).find("get_weather"), std::string::npos);
    EXPECT_EQ(r.exchanges[2].answered.status, 429u);
}

TEST(Import, SaysWhatItCannotRead) {
    EXPECT_EQ(problem_of("x", "x.bin"),
              "x.bin: nobody knows how to import this file\n\n"
              "  .sse, .ndjson, .har, .yaml (VCR), .json (HAR, aimock's fixtures)");
    EXPECT_EQ(problem_of("{}", "x.har"), "x.har: this is no HAR\n\n  it has log.entries");
    EXPECT_EQ(problem_of("a: 1", "x.yaml"),
              "x.yaml: this is no VCR cassette\n\n"
              "  it has a list 'interactions' or 'http_interactions'");
    EXPECT_EQ(problem_of("a: [", "x.yaml").substr(0, 33), "x.yaml: this YAML cannot be read:");
    EXPECT_EQ(problem_of(R"({"fixtures":[{}]})", "x.json").substr(0, 45),
              "x.json: this is no file of aimock's fixtures\n");
    EXPECT_EQ(problem_of(R"({"log":{"entries":[1]}})", "x.har"),
              "x.har: this is no HAR\n\n  it has log.entries");
}

TEST(Import, AHarHasTimesOfAllZonesAndAnswersThatNeverCame) {
    auto const r = scenario::import_recording(R"({"log":{"entries":[
        {"startedDateTime":"2026-01-31T10:00:01.000-02:00",
         "request":{"method":"GET","url":"https://x.test/late?a=1#part"},
         "response":{"status":0},"timings":{"wait":70}},
        {"startedDateTime":"2026-01-31T14:00:00.000+02:00",
         "request":{"method":"GET","url":"https://x.test/early"},
         "response":{"status":204}}]}})",
                                              "x.har");
    ASSERT_EQ(r.exchanges.size(), 2u);
    EXPECT_EQ(r.exchanges[0].asked.target, "/early");
    EXPECT_EQ(r.exchanges[1].asked.target, "/late?a=1");
    EXPECT_EQ(r.exchanges[1].at, 1s);
    EXPECT_EQ(replay::to_text(r.exchanges[1].answered.how), std::string("eof"));
    EXPECT_EQ(r.exchanges[1].answered.ended_at, 70ms);
}

TEST(Import, AFixtureSaysHowItEndsAndHowFastItIs) {
    auto const r = scenario::import_recording(R"({"fixtures":[
        {"response":{"content":"abcd","finishReason":"length"},"chunkSize":2,"latency":5},
        {"response":{"toolCalls":[{"name":"f","arguments":"{}"}]}},
        {"response":{"content":"abcd"},"chunkSize":1,"streamingProfile":{"ttft":50,"tps":100}},
        {"response":{"error":{"message":"no"}}}]})",
                                              "x.json");
    ASSERT_EQ(r.exchanges.size(), 4u);
    auto const& cut = r.exchanges[0].answered;
    EXPECT_NE(replay::body_of(cut).find("\"finish_reason\":\"length\""), std::string::npos);
    EXPECT_EQ(cut.pieces[0].at, 5ms);
    EXPECT_EQ(cut.pieces[1].at, 10ms);
    EXPECT_NE(replay::body_of(r.exchanges[1].answered).find("\"finish_reason\":\"tool_calls\""),
              std::string::npos);
    auto const& fast = r.exchanges[2].answered;
    EXPECT_EQ(fast.pieces[0].at, 50ms);
    EXPECT_EQ(fast.pieces[3].at, 80ms);
    EXPECT_EQ(r.exchanges[3].answered.status, 500u);
}

}  // namespace
