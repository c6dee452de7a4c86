#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"

// Hand-made after recordings of the real service.
namespace {

using nlohmann::json;
using deltas = std::vector<wire::delta>;

wire::provider_format const& gemini() { return *wire::find_provider_format("gemini"); }

std::string event(std::string const& payload) { return "data: " + payload + "\r\n\r\n"; }

std::string candidate(std::string const& parts, std::string const& more = "") {
    return event(R"({"candidates": [{"content": {"parts": [)" + parts +
                 R"(],"role": "model"},"index": 0)" + more + R"(}],"responseId": "r1"})");
}

std::string const stop = candidate(R"({"text": ""})", R"(,"finishReason": "STOP")");

heard understood(std::string const& bytes) {
    auto const whole = put_together(said_by(gemini(), bytes));
    EXPECT_EQ(put_together(decode(gemini(), bytewise(bytes))), whole);
    return whole;
}

TEST(GeminiAnswer, GivesACallWithoutAnIdOneOfItsOwn) {
    auto const got = understood(
        candidate(
            R"({"functionCall": {"name": "f"}},{"functionCall": {"name": "g","args": {"a": 1}}})") +
        stop);
    auto const& one = got.choices.at(0);
    ASSERT_EQ(one.calls.size(), 2u);
    EXPECT_EQ(one.calls[0], (wire::tool_call{"call_r1_0", "f", "{}"}));
    EXPECT_EQ(one.calls[1], (wire::tool_call{"call_r1_1", "g", R"({"a":1})"}));
    EXPECT_EQ(one.finish, wire::finish_reason::tool_calls);
}

TEST(GeminiAnswer, PutsArgumentsTogetherByTheirPlaces) {
    auto const part = [](std::string const& args) {
        return candidate(R"({"functionCall": {"partialArgs": [)" + args +
                         R"(],"willContinue": true}})");
    };
    auto const got = understood(
        candidate(R"({"functionCall": {"name": "f","willContinue": true}})") +
        part(R"({"jsonPath": "$.a.b[1]","stringValue": "x","willContinue": true})") +
        part(R"({"jsonPath": "$.a.b[1]","stringValue": "y"})") +
        part(
            R"({"jsonPath": "$['a']['n']","numberValue": 3},{"jsonPath": "$.t","boolValue": true})") +
        part(R"({"jsonPath": "$.z","nullValue": "NULL_VALUE"})") + stop);
    ASSERT_EQ(got.choices.at(0).calls.size(), 1u);
    EXPECT_EQ(json::parse(got.choices.at(0).calls[0].arguments),
              json::parse(R"({"a":{"b":[null,"xy"],"n":3},"t":true,"z":null})"));
}

TEST(GeminiAnswer, RefusesPlacesThatAreNone) {
    for (auto const* path : {"a", "$.", "$.a[", "$.a[x]", "$.a[99999999]", "$x", "$['a"}) {
        auto const bytes =
            candidate(R"({"functionCall": {"name": "f","partialArgs": [{"jsonPath": ")" +
                      std::string(path) + R"(","stringValue": ""}]}})");
        EXPECT_EQ(error_of([&] { said_by(gemini(), bytes); }), wire::error::malformed) << path;
    }
}

TEST(GeminiAnswer, TakesTheLastReasonOfMany) {
    auto const got = understood(candidate(R"({"text": "a"})", R"(,"finishReason": "STOP")") +
                                candidate(R"({"text": "b"})", R"(,"finishReason": "MAX_TOKENS")"));
    EXPECT_EQ(got.choices.at(0).text, "ab");
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::length);
}

TEST(GeminiAnswer, IsNoAnswerWhenTheCallCouldNotBeUnderstood) {
    auto const got = understood(
        event(R"({"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL","index": 0}]})"));
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->type, "MALFORMED_FUNCTION_CALL");
}

TEST(GeminiAnswer, TakesTheWholeLastEventWithoutItsBlankLine) {
    auto const last = stop.substr(0, stop.size() - 4);
    EXPECT_EQ(understood(candidate(R"({"text": "a"})") + last).choices.at(0).text, "a");
    EXPECT_EQ(error_of([&] { said_by(gemini(), last.substr(0, last.size() - 1)); }),
              wire::error::stream_cut);
}

TEST(GeminiAnswer, TakesAListForAStream) {
    std::string const bytes =
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n,\n"
        "{\"candidates\":[{\"finishReason\":\"STOP\"}]}]";
    EXPECT_EQ(understood(bytes).choices.at(0).text, "a");
    EXPECT_EQ(understood("[{\"error\":{\"code\":400,\"message\":\"no\",\"status\":\"X\"}}]")
                  .failed->message,
              "no");
}

TEST(GeminiAnswer, CountsThoughtsAndToolPromptsIn) {
    auto const got = understood(
        stop + event(R"({"usageMetadata": {"promptTokenCount": 5,"toolUsePromptTokenCount": 2,)"
                     R"("candidatesTokenCount": 3,"thoughtsTokenCount": 4,)"
                     R"("cachedContentTokenCount": 1}})"));
    EXPECT_EQ(got.tokens, (wire::usage{7, 7, 1, 4}));
}

TEST(GeminiEncoder, SpellsAsTheServiceDoes) {
    wire::answer_identity const who{"r1", "gemini-x", 0, true, {5, 0, 0, 0}};
    auto const                  encoder = gemini().encoder(who);
    EXPECT_EQ(encoder->begin(), "");
    EXPECT_EQ(
        encoder->encode(wire::text{"a\"b"}),
        "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"a\\\"b\"}],\"role\": "
        "\"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 5,"
        "\"totalTokenCount\": 5,\"promptTokensDetails\": [{\"modality\": \"TEXT\","
        "\"tokenCount\": 5}]},\"modelVersion\": \"gemini-x\",\"responseId\": \"r1\"}\r\n\r\n");
    EXPECT_EQ(encoder->end(), "");
}

json asked(json const& messages, std::string const& model = "gemini-2.5-pro") {
    wire::conversation talk;
    talk.model = model;
    talk.messages = messages;
    return json::parse(gemini().request(talk, wire::account("KEY")).body);
}

TEST(GeminiRequest, NamesModelAndMethodInThePath) {
    wire::conversation talk;
    talk.model = "gemini-2.5-pro";
    talk.messages = json::array();
    EXPECT_EQ(gemini().request(talk, wire::account("KEY")).path,
              "/models/gemini-2.5-pro:generateContent");
    talk.stream = true;
    EXPECT_EQ(gemini().request(talk, wire::account("KEY")).path,
              "/models/gemini-2.5-pro:streamGenerateContent?alt=sse");
}

TEST(GeminiRequest, SendsTheSignatureBackOnTheFirstCall) {
    auto const calls = json::parse(R"([{"id":"1","function":{"name":"f","arguments":"{}"}},
                                       {"id":"2","function":{"name":"g","arguments":"{}"}}])");
    json       answer{{"role", "assistant"}, {"content", nullptr}, {"tool_calls", calls}};
    answer["thinking_blocks"] =
        json::parse(R"([{"type":"thinking","thinking":"","signature":"S"}])");
    auto const parts = asked(json::array({answer}))["contents"][0]["parts"];
    ASSERT_EQ(parts.size(), 2u);
    EXPECT_EQ(parts[0]["thoughtSignature"], "S");
    EXPECT_FALSE(parts[1].contains("thoughtSignature"));

    answer.erase("thinking_blocks");
    EXPECT_FALSE(
        asked(json::array({answer}))["contents"][0]["parts"][0].contains("thoughtSignature"));
    EXPECT_TRUE(asked(json::array({answer}), "gemini-3-pro")["contents"][0]["parts"][0].contains(
        "thoughtSignature"));
}

TEST(GeminiRequest, RefusesAPathOfNoMethod) {
    for (auto const* path :
         {"/v1/models/m", "/v1/models/m:countTokens", "/v1/models/m:streamGenerateContent"})
        EXPECT_EQ(error_of([&] { gemini().question(path, R"({"contents":[{"parts":[]}]})"); }),
                  wire::error::malformed)
            << path;
}

}  // namespace
