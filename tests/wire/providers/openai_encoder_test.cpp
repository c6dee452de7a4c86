#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"

// The expected bytes are written by hand after recordings of the real service, and never come
// from our own decoder.
namespace {

using deltas = std::vector<wire::delta>;

wire::provider_format const& openai() { return *wire::find_provider_format("openai"); }

wire::answer_identity identity(bool include_usage) {
    wire::answer_identity told;
    told.id = "chatcmpl-1";
    told.model = "gpt-4o-2024-08-06";
    told.created = 1700000000;
    told.include_usage = include_usage;
    return told;
}

std::string encode(deltas const& said, wire::answer_identity const& who) {
    auto const  encoder = openai().encoder(who);
    std::string out = encoder->begin();
    for (auto const& one : said) out += encoder->encode(one);
    return out + encoder->end();
}

std::string const head =
    R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":null,"choices":[)";

std::string said(std::string const& delta, std::string const& tail,
                 std::string const& finish = "null", int choice = 0) {
    return head + R"({"index":)" + std::to_string(choice) + R"(,"delta":)" + delta +
           R"(,"logprobs":null,"finish_reason":)" + finish + "}]" + tail + "}\n\n";
}

TEST(OpenAiEncoder, SpellsTextAsTheServiceDoes) {
    auto const bytes = encode(
        {wire::text{"Ol\xC3\xA1"}, wire::text{"!\n"}, wire::usage{20, 2, 0, 0}, wire::finish{}},
        identity(true));
    std::string const null = R"(,"usage":null)";
    EXPECT_EQ(
        bytes,
        said(R"({"role":"assistant","content":"","refusal":null})", null) +
            said("{\"content\":\"Ol\xC3\xA1\"}", null) + said(R"({"content":"!\n"})", null) +
            said("{}", null, "\"stop\"") + head +
            R"(],"usage":{"prompt_tokens":20,"completion_tokens":2,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}})"
            "\n\ndata: [DONE]\n\n");
}

TEST(OpenAiEncoder, SpellsCallsAsTheServiceDoes) {
    auto const bytes = encode(
        {wire::tool_begins{0, "call_a", "add"}, wire::tool_arguments{0, "{\"a\""},
         wire::tool_arguments{0, ": 2}"}, wire::tool_ends{0}, wire::tool_begins{1, "call_b", "mul"},
         wire::tool_ends{1}, wire::finish{wire::finish_reason::tool_calls}},
        identity(false));
    EXPECT_EQ(
        bytes,
        said(R"({"role":"assistant","content":null})", "") +
            said(
                R"({"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"add","arguments":""}}]})",
                "") +
            said(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]})", "") +
            said(R"({"tool_calls":[{"index":0,"function":{"arguments":": 2}"}}]})", "") +
            said(
                R"({"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"mul","arguments":""}}]})",
                "") +
            said("{}", "", "\"tool_calls\"") + "data: [DONE]\n\n");
}

TEST(OpenAiEncoder, SpellsARefusalAndASecondChoice) {
    auto const bytes = encode({wire::refusal{"no", 1}, wire::finish{wire::finish_reason::stop, 1}},
                              identity(false));
    EXPECT_EQ(bytes, said(R"({"role":"assistant","content":null,"refusal":""})", "", "null", 1) +
                         said(R"({"refusal":"no"})", "", "null", 1) +
                         said("{}", "", "\"stop\"", 1) + "data: [DONE]\n\n");
}

TEST(OpenAiEncoder, NothingFollowsAFailure) {
    EXPECT_EQ(encode({wire::failure{0, "server_error", "broken", ""}}, identity(true)),
              "data: "
              "{\"error\":{\"message\":\"broken\",\"type\":\"server_error\",\"param\":null,"
              "\"code\":null}}\n\n");
}

deltas const everything{wire::thinking{"hm ", ""},
                        wire::thinking{"so", ""},
                        wire::thinking{"", "sig"},
                        wire::thinking{"", "sealed", 0, true},
                        wire::text{"a\"\\\xE2\x9C\x94"},
                        wire::refusal{"no"},
                        wire::text{"x", 1},
                        wire::tool_begins{0, "a", "f"},
                        wire::tool_arguments{0, "{\"x\""},
                        wire::tool_arguments{0, ":1}"},
                        wire::tool_ends{0},
                        wire::tool_begins{1, "b", "g"},
                        wire::tool_arguments{1, "{}"},
                        wire::tool_ends{1},
                        wire::usage{9, 8, 7, 6},
                        wire::finish{wire::finish_reason::tool_calls},
                        wire::finish{wire::finish_reason::length, 1}};

TEST(OpenAiEncoder, WhatItSaysIsUnderstood) {
    EXPECT_EQ(said_by(openai(), encode(everything, identity(true))), everything);
    deltas const failed{wire::text{"a"}, wire::failure{0, "t", "m", "c"}};
    EXPECT_EQ(said_by(openai(), encode(failed, identity(false))), failed);
}

TEST(OpenAiWholeBody, IsSpelledAsTheServiceDoes) {
    EXPECT_EQ(
        openai().whole_body(
            {wire::text{"hel"}, wire::text{"lo"}, wire::usage{3, 2, 1, 0}, wire::finish{}},
            identity(false)),
        R"({"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"hello","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"service_tier":"default","system_fingerprint":null})");
}

TEST(OpenAiWholeBody, IsUnderstood) {
    deltas const said{wire::text{"so"},
                      wire::tool_begins{0, "a", "f"},
                      wire::tool_arguments{0, "{\"x\":1}"},
                      wire::tool_ends{0},
                      wire::tool_begins{1, "b", "g"},
                      wire::tool_arguments{1, "{}"},
                      wire::tool_ends{1},
                      wire::usage{9, 8, 7, 6},
                      wire::finish{wire::finish_reason::tool_calls}};
    EXPECT_EQ(openai().whole(openai().whole_body(said, identity(false))), said);
}

TEST(OpenAiFailureBody, IsUnderstood) {
    auto const body = openai().failure_body({429, "requests", "slow down", "rate_limit_exceeded"});
    EXPECT_EQ(body,
              "{\n  \"error\": {\n    \"message\": \"slow down\",\n    \"type\": \"requests\",\n   "
              " \"param\": null,\n    \"code\": \"rate_limit_exceeded\"\n  }\n}");
    EXPECT_EQ(openai().failed(429, body),
              (wire::failure{429, "requests", "slow down", "rate_limit_exceeded"}));
    EXPECT_EQ(openai().failed(400, openai().failure_body({400, "", "m", ""})).type,
              "invalid_request_error");
}

}  // namespace
