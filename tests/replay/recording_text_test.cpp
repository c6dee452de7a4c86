#include "scenarios/recording_text.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/entropy.hpp"

namespace {

using namespace std::chrono_literals;

std::string any_bytes(runtime::entropy& luck, std::size_t size_max) {
    std::string bytes;
    bool const  text = luck.below(2) == 0;
    for (auto size = luck.below(size_max); bytes.size() < size;)
        bytes += text ? "a\n\"\\\x7f{"[luck.below(6)] : static_cast<char>(luck.below(256));
    return bytes;
}

TEST(RecordingText, WhatWasWrittenIsRead) {
    runtime::entropy luck(7);
    for (int round = 0; round < 200; ++round) {
        replay::recording r;
        r.source = "https://api.example.com/v1";
        r.note = round % 2 ? "something is not known" : "";
        r.redacted = {"x-team"};
        replay::exchange x;
        x.at = std::chrono::microseconds(luck.below(1000));
        x.asked = {
            "POST", "/a?b=c d", {{"Host", "a"}, {"X", any_bytes(luck, 5)}}, any_bytes(luck, 50)};
        auto& a = x.answered;
        a.status = 299;
        a.reason = "Odd";
        a.fields = {{"Transfer-Encoding", "chunked"}};
        for (auto pieces = luck.below(5); a.pieces.size() < pieces;) {
            a.ended_at += std::chrono::microseconds(luck.below(1000));
            a.pieces.push_back({a.ended_at, any_bytes(luck, 40), luck.below(2) * 7});
        }
        a.how = static_cast<replay::ending>(1 + luck.below(4));
        a.trailers = {{"X-End", "yes"}};
        r.exchanges = {x, x};
        auto const text = scenario::to_text(r);
        auto const again = scenario::parse_recording(text, "x.rec");
        EXPECT_EQ(scenario::to_text(again), text);
        ASSERT_EQ(again.exchanges.size(), 2u);
        EXPECT_EQ(again.exchanges[1].asked, x.asked);
        EXPECT_EQ(again.exchanges[1].answered, x.answered);
        EXPECT_EQ(again.exchanges[0].line, 2);
    }
}

TEST(RecordingText, LinesOfStdioAreRead) {
    std::string const text =
        R"({"lockstep":"recording","version":1,"over":"stdio","source":"server"}
{"at":0,"to":"{\"id\":1}"}
{"at":1500,"from":"{\"id\":1,\"result\":{}}\r"}
{"at":1600,"from64":"/w=="}
{"at":1700,"to":null}
{"at":1800,"from":"half","cut":true}
{"at":1800,"from":null}
{"exit":3}
)";
    auto const r = scenario::parse_recording(text, "x.rec");
    EXPECT_EQ(scenario::to_text(r), text);
    ASSERT_EQ(r.lines.size(), 6u);
    EXPECT_EQ(r.lines[2].text, "\xff");
    EXPECT_EQ(r.lines[1].at, 1500us);
    EXPECT_EQ(r.exit_status, 3);
}

TEST(RecordingText, WhatPeopleHaveEditedIsRead) {
    auto const r = scenario::parse_recording(
        "# by hand\r\n"
        "{\"lockstep\":\"recording\",\"version\":1}\r\n\r\n"
        R"({"request":"POST /x","headers":{"Accept":"*/*"},"body":{"a":[1]}}
{"status":200,"headers":{"Content-Length":"2"},"at":5000}
  # longer than it was
{"chunk":"abcdef"}
{"request":"GET /y"}
{"status":204}
)",
        "x.rec");
    ASSERT_EQ(r.exchanges.size(), 2u);
    auto const& x = r.exchanges[0];
    EXPECT_EQ(x.asked.body, R"({"a":[1]})");
    EXPECT_EQ(*runtime::find_field(x.answered.fields, "content-length"), "6");
    EXPECT_EQ(x.answered.reason, "OK");
    EXPECT_EQ(x.answered.pieces[0].at, 5ms);
    EXPECT_EQ(x.answered.ended_at, 5ms);
    EXPECT_EQ(x.answered.how, replay::ending::complete);
    EXPECT_EQ(r.exchanges[1].answered.status, 204u);
}

TEST(RecordingText, OurOwnRecordingsAreWrittenAsTheyWouldBeAgain) {
    int count = 0;
    for (auto const& entry : std::filesystem::directory_iterator(SCENARIO_RECORDINGS)) {
        if (entry.path().extension() != ".rec") continue;
        ++count;
        auto const text = scenario::read_text(entry.path().string());
        EXPECT_EQ(scenario::to_text(scenario::parse_recording(text, entry.path().string())), text)
            << entry.path();
    }
    EXPECT_GT(count, 0);
}

}  // namespace
