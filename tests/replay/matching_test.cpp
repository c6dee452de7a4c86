#include "replay/matching.hpp"

#include <gtest/gtest.h>

namespace {

using texts = std::vector<std::string>;

replay::request post(std::string body, runtime::http_fields fields = {}) {
    return {"POST", "/v1/chat/completions", std::move(fields), std::move(body)};
}

TEST(Matching, BodiesAreComparedAsJson) {
    EXPECT_EQ(replay::differences(post(R"({"a":1,"b":[1,2]})"), post(R"({ "b": [1, 2], "a": 1 })")),
              texts());
    EXPECT_EQ(replay::differences(post(R"({"a":1,"b":[1,2]})"), post(R"({"a":2,"b":[1]})")),
              (texts{"body at /a: recorded 1, came 2", "body at /b/1: recorded 2, came nothing"}));
    EXPECT_EQ(replay::differences(post(R"({"b":[1]})"), post(R"({"b":[1],"c":"x"})")),
              (texts{"body at /c: recorded nothing, came \"x\""}));
}

TEST(Matching, BytesThatAreNoJsonMustBeEqual) {
    EXPECT_EQ(replay::differences(post("abc"), post("abd")),
              (texts{"body at byte 2: recorded 3 bytes, came 3"}));
}

TEST(Matching, MethodTargetAndChosenHeadersMustBeEqual) {
    auto a = post("", {{"Accept", "text/event-stream"}, {"X-Other", "1"}});
    auto b = post("", {{"accept", "application/json"}, {"X-Other", "2"}});
    EXPECT_EQ(replay::differences(a, b), texts());
    EXPECT_EQ(replay::differences(a, b, {{"Accept", "X-None"}, {}, {}}),
              (texts{"header Accept: recorded \"text/event-stream\", came \"application/json\""}));
    b.method = "PUT";
    b.target = "/v1/other";
    EXPECT_EQ(replay::differences(a, b), (texts{"method: recorded POST, came PUT",
                                                "target: recorded /v1/chat/completions, came "
                                                "/v1/other"}));
}

TEST(Matching, AnUnknownRequestIsAnyRequest) {
    EXPECT_EQ(replay::differences({}, post("x")), texts());
}

TEST(Matching, EachExchangeAnswersOnce) {
    replay::recording r;
    r.exchanges.resize(2);
    r.exchanges[0].asked = post("{}");
    r.exchanges[0].line = 2;
    r.exchanges[1].asked = post("{}");
    r.exchanges[1].line = 7;
    replay::matcher m(r, {});
    EXPECT_EQ(m.unused().size(), 2u);
    EXPECT_EQ(m.take(post("{}")), &r.exchanges[0]);
    EXPECT_EQ(m.take(post("[]")), nullptr);
    EXPECT_EQ(m.take(post("{}")), &r.exchanges[1]);
    EXPECT_EQ(m.take(post("{}")), nullptr);
    EXPECT_TRUE(m.unused().empty());
    EXPECT_EQ(m.nearest_miss(post("{}")),
              "the nearest is in line 2, POST /v1/chat/completions\n"
              "  it was played already, and each is played once");
}

}  // namespace
