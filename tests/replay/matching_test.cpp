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

TEST(Matching, WhatIsIgnoredMayDiffer) {
    auto const recorded = post(R"({"a":1,"b":[1,2],"c":{"d":1,"e":1}})");
    auto const came = post(R"({"a":2,"b":[1,9],"c":{"e":1}})");
    EXPECT_EQ(replay::differences(recorded, came, {{}, {}, {"/a", "/b/1", "/c/d", "/none"}}),
              texts());
    EXPECT_EQ(replay::differences(recorded, came, {{}, {}, {"/a", "/c/d"}}),
              (texts{"body at /b/1: recorded 2, came 9"}));
}

TEST(Matching, ARecordingSaysItselfWhatIsNotCompared) {
    replay::recording r;
    r.redacted = {"team"};
    r.ignored = {"/id"};
    r.exchanges.resize(1);
    r.exchanges[0].asked = post(R"({"id":1,"team":"REDACTED****","n":1})");
    replay::matcher m(r, {});
    EXPECT_EQ(m.take(post(R"({"id":2,"team":"the blue ones","n":2})")), nullptr);
    EXPECT_EQ(m.take(post(R"({"id":2,"team":"the blue ones","n":1})")), &r.exchanges[0]);
}

TEST(Matching, ASecretOfAnyLengthIsTheSameSecret) {
    replay::match_options const how{{}, {"team"}, {}};
    auto const                  recorded = post(R"({"team":"***"})");
    for (auto const* secret : {"red", "blue", "a long name of a team"})
        EXPECT_EQ(replay::differences(recorded,
                                      post(R"({"team":")" + std::string(secret) + R"("})"), how),
                  texts());
    EXPECT_EQ(
        replay::differences(post(R"({"a":"2 ** 3"})"), post(R"({"a":"2 *** 3"})"), how).size(), 1u);
}

TEST(Matching, TheNearestIsOneOfTheSamePlace) {
    replay::recording r;
    r.exchanges.resize(2);
    r.exchanges[0].asked = post(R"({"a":1})");
    r.exchanges[0].asked.target = "/v1/other";
    r.exchanges[1].asked = post(R"({"a":2,"b":2})");
    r.exchanges[1].line = 9;
    replay::matcher const m(r, {});
    EXPECT_EQ(m.nearest_miss(post(R"({"a":1})")),
              "the nearest is in line 9, POST /v1/chat/completions\n"
              "  body at /a: recorded 2, came 1\n"
              "  body at /b: recorded 2, came nothing");
}

TEST(Matching, LongDifferencesAreToldInShort) {
    EXPECT_EQ(replay::differences(post(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1})"),
                                  post(R"({"a":2,"b":2,"c":2,"d":2,"e":2,"f":2,"g":2})")),
              (texts{"body at /a: recorded 1, came 2", "body at /b: recorded 1, came 2",
                     "body at /c: recorded 1, came 2", "body at /d: recorded 1, came 2",
                     "body at /e: recorded 1, came 2", "and 2 more in the body"}));
    // Cut between two characters.
    std::string umlauts;
    for (int i = 0; i < 60; ++i) umlauts += "ä";
    auto const told = replay::differences(post(R"({"a":")" + umlauts + R"("})"), post("{}"));
    EXPECT_EQ(told,
              (texts{"body at /a: recorded \"" + umlauts.substr(0, 78) + "..., came nothing"}));
}

}  // namespace
