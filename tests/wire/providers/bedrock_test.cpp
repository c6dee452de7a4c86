#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"
#include "wire/event_stream.hpp"

// Hand-made after recordings of the real service and, for what is not recorded, its model.
namespace {

using nlohmann::json;

wire::provider_format const& bedrock() { return *wire::find_provider_format("bedrock"); }

std::string event(std::string const& type, std::string const& payload) {
    return wire::to_event_stream(
        {{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}},
        payload);
}

std::string words(std::string const& delta, int block = 0) {
    return event("contentBlockDelta", R"({"contentBlockIndex":)" + std::to_string(block) +
                                          R"(,"delta":)" + delta + R"(,"p":"abc"})");
}

std::string stop(std::string const& reason) {
    return event("messageStop", R"({"p":"ab","stopReason":")" + reason + "\"}");
}

std::string const counts =
    event("metadata", R"({"usage":{"inputTokens":5,"outputTokens":2,"cacheReadInputTokens":3}})");

heard understood(std::string const& bytes) {
    auto const whole = put_together(said_by(bedrock(), bytes));
    EXPECT_EQ(put_together(decode(bedrock(), bytewise(bytes))), whole);
    return whole;
}

TEST(BedrockAnswer, OpensTextWithoutABeginningAndCountsTheCacheIn) {
    auto const got =
        understood(words(R"({"text":""})") + words(R"({"text":"a"})") + stop("end_turn") + counts);
    EXPECT_EQ(got.choices.at(0).text, "a");
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::stop);
    EXPECT_EQ(got.tokens, (wire::usage{8, 2, 3, 0}));
}

TEST(BedrockAnswer, GivesACallWithoutArgumentsAnEmptyObject) {
    auto const begin = [](int block, std::string const& id) {
        return event("contentBlockStart", R"({"contentBlockIndex":)" + std::to_string(block) +
                                              R"(,"start":{"toolUse":{"name":"f","toolUseId":")" +
                                              id + R"("}}})");
    };
    auto const got =
        understood(begin(0, "a") + words(R"({"toolUse":{"input":""}})") +
                   event("contentBlockStop", R"({"contentBlockIndex":0})") + begin(1, "b") +
                   words(R"({"toolUse":{"input":"{\"x\":1}"}})", 1) +
                   event("contentBlockStop", R"({"contentBlockIndex":1})") + stop("tool_use"));
    std::vector<wire::tool_call> const wanted{{"a", "f", "{}"}, {"b", "f", R"({"x":1})"}};
    EXPECT_EQ(got.choices.at(0).calls, wanted);
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::tool_calls);
}

TEST(BedrockAnswer, KeepsSealsOfBothKinds) {
    auto const bytes = words(R"({"reasoningContent":{"text":"hm"}})") +
                       words(R"({"reasoningContent":{"signature":"S"}})") +
                       words(R"({"reasoningContent":{"redactedContent":"R"}})", 1) +
                       stop("end_turn");
    auto const all = said_by(bedrock(), bytes);
    ASSERT_GE(all.size(), 3u);
    EXPECT_EQ(std::get<wire::thinking>(all[1]).signature, "S");
    EXPECT_TRUE(std::get<wire::thinking>(all[2]).redacted);
}

TEST(BedrockAnswer, EndsWithAnException) {
    auto const got = understood(words(R"({"text":"a"})") +
                                wire::to_event_stream({{":exception-type", "throttlingException"},
                                                       {":message-type", "exception"}},
                                                      R"({"message":"slow down"})"));
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->type, "throttlingException");
    EXPECT_EQ(got.failed->message, "slow down");
}

TEST(BedrockAnswer, MapsItsReasons) {
    using enum wire::finish_reason;
    std::vector<std::pair<char const*, wire::finish_reason>> const table{
        {"stop_sequence", stop},
        {"max_tokens", length},
        {"model_context_window_exceeded", length},
        {"guardrail_intervened", content_filter},
        {"content_filtered", content_filter},
        {"something new", stop}};
    for (auto const& [word, reason] : table)
        EXPECT_EQ(understood(::stop(word)).choices.at(0).finish, reason) << word;
    EXPECT_TRUE(understood(::stop("malformed_tool_use")).failed);
}

TEST(BedrockAnswer, IsCutWithoutAReason) {
    EXPECT_EQ(error_of([] { said_by(bedrock(), words(R"({"text":"a"})")); }),
              wire::error::stream_cut);
}

TEST(BedrockEncoder, SpellsAsTheServiceDoes) {
    auto const encoder = bedrock().encoder({});
    EXPECT_EQ(encoder->begin(),
              event("messageStart", R"({"p":"abcdefghijklmnopqrs","role":"assistant"})"));
    auto const said = encoder->encode(wire::text{"a"});
    EXPECT_EQ(said, event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a"},)"
                                               R"("p":"abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"})"));
}

TEST(BedrockRequest, SpellsModelToolsAndResults) {
    wire::conversation talk;
    talk.model = "anthropic.claude-3:0";
    talk.stream = true;
    talk.messages = json::parse(R"([{"role":"user","content":"hi"}])");
    wire::tool_call const call{"id1", "f", R"({"a":1})"};
    talk.add_answer("", {call});
    talk.add_result(call, "done");
    talk.tools.push_back({"f", "does it", json::parse(R"({"type":"object"})"), nullptr});
    talk.options["max_tokens"] = 5;
    auto const request = bedrock().request(talk, wire::account("KEY"));
    EXPECT_EQ(request.path, "/model/anthropic.claude-3%3A0/converse-stream");
    EXPECT_EQ(json::parse(request.body), json::parse(R"({
        "messages":[{"role":"user","content":[{"text":"hi"}]},
          {"role":"assistant","content":[{"toolUse":{"toolUseId":"id1","name":"f","input":{"a":1}}}]},
          {"role":"user","content":[{"toolResult":{"toolUseId":"id1","content":[{"text":"done"}]}}]}],
        "toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"does it",
                                            "inputSchema":{"json":{"type":"object"}}}}]},
        "inferenceConfig":{"maxTokens":5}})"));
}

TEST(BedrockRequest, IsSignedWithASecret) {
    wire::conversation talk;
    talk.model = "m";
    talk.messages = json::parse(R"([{"role":"user","content":"hi"}])");
    wire::account whose("AKID");
    EXPECT_EQ(bedrock().request(talk, whose).headers.back().second, "Bearer AKID");
    whose.secret_key = "SECRET";
    whose.region = "us-east-1";
    whose.host = "h";
    EXPECT_TRUE(
        bedrock()
            .request(talk, whose)
            .headers.back()
            .second.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKID/19700101/us-east-1/bedrock/aws4_request"));
}

}  // namespace
