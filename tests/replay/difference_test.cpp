#include "replay/difference.hpp"

#include <gtest/gtest.h>

#include "wire/event_stream.hpp"

namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

replay::recording stream(std::vector<replay::piece> pieces,
                         std::string                type = "text/event-stream") {
    replay::recording r;
    replay::exchange  x;
    x.asked = {"POST", "/v1/chat/completions", {{"Accept", "*/*"}}, R"({"model":"a"})"};
    x.answered.status = 200;
    x.answered.fields = {{"Content-Type", std::move(type)}};
    x.answered.pieces = std::move(pieces);
    x.answered.ended_at = x.answered.pieces.back().at;
    r.exchanges.push_back(std::move(x));
    return r;
}

texts compare(replay::recording const& a, replay::recording const& b, bool times = false) {
    return replay::difference(a, b, {times});
}

TEST(Difference, AStreamIsTheSameHoweverItsChunksLie) {
    auto const a = stream({{1ms, "data: 1\n\n"}, {2ms, "data: 2\n\n"}});
    auto const b = stream({{1ms, "data: 1\n\nda"}, {2ms, "ta: 2\r\n\r\n"}});
    EXPECT_EQ(compare(a, b), texts());
    EXPECT_EQ(compare(a, a), texts());
}

TEST(Difference, FramesAreAddedRemovedAndChanged) {
    auto const a = stream({{1ms, "data: {\"id\":\"x\",\"n\":1}\n\n"},
                           {2ms, "data: gone\n\n"},
                           {3ms, "data: same\n\n"},
                           {4ms, "data: [DONE]\n\n"}});
    auto const b = stream({{1ms, "data: {\"id\":\"y\",\"n\":1}\n\n"},
                           {3ms, "data: same\n\n"},
                           {3ms, ": ping\n\n"},
                           {6ms, "data: [DONE]\n\n"}});
    EXPECT_EQ(compare(a, b),
              (texts{"  exchange 1, POST /v1/chat/completions",
                     "~ frame 1 (1ms, message) at /id: \"x\" became \"y\"",
                     "- frame 2 (2ms, message): \"gone\"", "+ frame 3 (3ms, comment): \" ping\"",
                     "  2 frames are the same; they came later by 0ms, 2ms, 2ms (least, median, "
                     "most)"}));
}

TEST(Difference, WithTimesAFrameAndAnEndAreOthersAtAnotherTime) {
    auto const a = stream({{1ms, "data: 1\n\n"}, {2ms, "data: 2\n\n"}, {3ms, "data: 3\n\n"}});
    auto       b = a;
    b.exchanges[0].answered.pieces[1].at = 2500us;
    b.exchanges[0].answered.ended_at = 8ms;
    EXPECT_EQ(compare(a, b, true),
              (texts{"  exchange 1, POST /v1/chat/completions",
                     "~ frame 2 (2ms, message): came at 2.5ms", "~ end (3ms): came at 8ms"}));
    EXPECT_EQ(compare(a, b),
              (texts{"  exchange 1, POST /v1/chat/completions",
                     "  3 frames are the same; they came later by 0ms, 0ms, 500us (least, median, "
                     "most)"}));
}

TEST(Difference, FramesOfABinaryEventStreamAreComparedByWhatTheySay) {
    auto const frame = [](std::string const& type, std::string const& words) {
        return wire::to_event_stream({{":message-type", "event"}, {":event-type", type}}, words);
    };
    auto const type = "application/vnd.amazon.eventstream";
    auto const a = stream({{1ms, frame("delta", R"({"n":1})") + frame("stop", "{}")}}, type);
    auto       b = stream({{1ms, frame("delta", R"({"n":2})") + frame("stop", "{}")}}, type);
    EXPECT_EQ(compare(a, b), (texts{"  exchange 1, POST /v1/chat/completions",
                                    "~ frame 1 (1ms, delta) at /n: 1 became 2"}));
    b.exchanges[0].answered.pieces[0].bytes.back() ^= 1;
    EXPECT_EQ(compare(a, b).at(2), "~ frame 2 (1ms, stop): became damaged");
}

TEST(Difference, HeadersStatusBodiesAndEndsAreCompared) {
    auto  a = stream({{1ms, R"({"a":1})"}}, "application/json");
    auto  b = stream({{1ms, R"({"a":1,"b":[2]})"}}, "application/json");
    auto& x = b.exchanges.front();
    x.asked.body = R"({"model":"b"})";
    x.asked.fields = {{"X-Added", "1"}};
    x.answered.status = 502;
    x.answered.fields.emplace_back("Server", "gateway");
    x.answered.how = replay::ending::eof;
    b.exchanges.push_back(x);
    EXPECT_EQ(compare(a, b),
              (texts{"  exchange 1, POST /v1/chat/completions", "- request header Accept: \"*/*\"",
                     "+ request header X-Added: \"1\"",
                     "~ request body at /model: \"a\" became \"b\"", "~ status: 200 became 502",
                     "+ header Server: \"gateway\"", "+ frame 1 (1ms, body) at /b: [2]",
                     "~ end: complete became eof", "+ exchange 2, POST /v1/chat/completions"}));
}

TEST(Difference, TimesCountOnlyIfTheyAreAskedFor) {
    auto const a = stream({{1ms, "{\"n\":1}\n"}, {2ms, "{\"n\":2}\n"}}, "application/x-ndjson");
    auto const b = stream({{1ms, "{\"n\":1}\n"}, {5ms, "{\"n\":2}\n"}}, "application/x-ndjson");
    EXPECT_EQ(compare(a, b).size(), 2u);
    EXPECT_EQ(compare(a, b, true),
              (texts{"  exchange 1, POST /v1/chat/completions",
                     "~ frame 2 (2ms, line): came at 5ms", "~ end (2ms): came at 5ms"}));
}

TEST(Difference, ValuesKindsTrailersAndSpellingsAreCompared) {
    auto  a = stream({{1ms, "event: a\ndata: {\"n\": 1}\n\n"}, {2ms, "data: {\"n\": 1}\n\n"}});
    auto  b = stream({{1ms, "event: b\ndata: {\"n\": 1}\n\n"}, {2ms, "data: {\"n\":1}\n\n"}});
    auto& x = b.exchanges.front().answered;
    x.fields[0].second = "text/plain, text/event-stream";
    a.exchanges.front().answered.fields.emplace_back("Transfer-Encoding", "chunked");
    x.fields[0].second = "text/event-stream; charset=utf-8";
    x.fields.emplace_back("transfer-encoding", "chunked");
    x.trailers = {{"X-Sum", "1"}};
    EXPECT_EQ(compare(a, b),
              (texts{"  exchange 1, POST /v1/chat/completions",
                     "~ header Content-Type: \"text/event-stream\" became \"text/event-stream; "
                     "charset=utf-8\"",
                     "~ frame 1 (1ms, a): became b",
                     "~ frame 2 (2ms, message): the same JSON in other bytes",
                     "+ trailer X-Sum: \"1\""}));
}

TEST(Difference, LinesOverStdioAreComparedForEachSide) {
    using kind = replay::spoken_line::kind;
    replay::recording a;
    a.over_stdio = true;
    a.lines = {{kind::to_program, 1ms, R"({"id":1})"}, {kind::from_program, 2ms, "{}"}};
    auto b = a;
    b.lines[0].text = R"({"id":2})";
    b.lines.push_back({kind::from_program, 3ms, "more"});
    EXPECT_EQ(compare(a, b),
              (texts{"~ frame 1 (1ms, to) at /id: 1 became 2", "+ frame 2 (3ms, from): \"more\""}));
}

}  // namespace
