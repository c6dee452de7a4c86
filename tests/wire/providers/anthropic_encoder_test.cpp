#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"

// The expected bytes are written by hand after recordings of the real service, and never come
// from our own decoder.
namespace {

using deltas = std::vector<wire::delta>;

wire::provider_format const& anthropic() { return *wire::find_provider_format("anthropic"); }

wire::answer_identity identity() {
    wire::answer_identity told;
    told.id = "msg_1";
    told.model = "claude-sonnet-4";
    told.tokens = {502, 137, 2, 0};
    return told;
}

std::string encode(deltas const& said) {
    auto const  encoder = anthropic().encoder(identity());
    std::string out = encoder->begin();
    for (auto const& one : said) out += encoder->encode(one);
    return out + encoder->end();
}

std::string const start =
    "event: message_start\n"
    R"(data: {"type":"message_start","message":{"model":"claude-sonnet-4","id":"msg_1","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":500,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"not_available"}}})"
    "\n\n";

TEST(AnthropicEncoder, SpellsTextAndCallsAsTheServiceDoes) {
    auto const bytes =
        encode({wire::text{"I'll "}, wire::text{"add"}, wire::tool_begins{0, "toolu_1", "add"},
                wire::tool_arguments{0, "{\"a\": 2}"}, wire::tool_ends{0},
                wire::finish{wire::finish_reason::tool_calls}});
    EXPECT_EQ(
        bytes,
        start +
            "event: content_block_start\n"
            R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
            "\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\nevent: content_block_delta\n"
            R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"I'll "}})"
            "\n\nevent: content_block_delta\n"
            R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"add"}})"
            "\n\nevent: content_block_stop\n"
            R"(data: {"type":"content_block_stop","index":0})"
            "\n\nevent: content_block_start\n"
            R"(data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"add","input":{}}})"
            "\n\nevent: content_block_delta\n"
            R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}})"
            "\n\nevent: content_block_delta\n"
            R"(data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 2}"}})"
            "\n\nevent: content_block_stop\n"
            R"(data: {"type":"content_block_stop","index":1})"
            "\n\nevent: message_delta\n"
            R"(data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":500,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"output_tokens":137}})"
            "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
}

TEST(AnthropicEncoder, SpellsThinkingAsTheServiceDoes) {
    auto const bytes = encode({wire::thinking{"hm", ""}, wire::thinking{"", "sig"},
                               wire::thinking{"", "sealed", 0, true}, wire::finish{}});
    auto const has = [&](char const* wanted) { return bytes.find(wanted) != bytes.npos; };
    EXPECT_TRUE(
        has(R"("index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})"));
    EXPECT_TRUE(has(R"("index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})"));
    EXPECT_TRUE(has(R"("index":0,"delta":{"type":"signature_delta","signature":"sig"}})"));
    EXPECT_TRUE(has(R"("index":1,"content_block":{"type":"redacted_thinking","data":"sealed"}})"));
    EXPECT_TRUE(has(R"("stop_reason":"end_turn")"));
}

TEST(AnthropicEncoder, NothingFollowsAFailure) {
    EXPECT_EQ(
        encode({wire::failure{529, "", "Overloaded", ""}}),
        start +
            "event: error\n"
            R"(data: {"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_000000000000000000000000"})"
            "\n\n");
}

TEST(AnthropicEncoder, WhatItSaysIsUnderstood) {
    deltas const said{wire::thinking{"hm ", ""},
                      wire::thinking{"so", ""},
                      wire::thinking{"", "sig"},
                      wire::thinking{"", "sealed", 0, true},
                      wire::text{"a\"\\\xE2\x9C\x94"},
                      wire::tool_begins{0, "a", "f"},
                      wire::tool_arguments{0, "{\"x\""},
                      wire::tool_arguments{0, ":1}"},
                      wire::tool_ends{0},
                      wire::tool_begins{1, "b", "g"},
                      wire::tool_arguments{1, "{}"},
                      wire::tool_ends{1},
                      wire::text{"end"},
                      wire::usage{9, 8, 7, 6},
                      wire::finish{wire::finish_reason::tool_calls}};
    EXPECT_EQ(said_by(anthropic(), encode(said)), said);
    deltas const refused{wire::refusal{"not this"}, wire::usage{9, 8, 0, 0},
                         wire::finish{wire::finish_reason::content_filter}};
    EXPECT_EQ(said_by(anthropic(), encode(refused)), refused);
    deltas const cut{wire::text{"a"}, wire::failure{0, "api_error", "m", ""}};
    EXPECT_EQ(said_by(anthropic(), encode(cut)), cut);
}

TEST(AnthropicWholeBody, IsSpelledAsTheServiceDoesAndUnderstood) {
    deltas const said{wire::thinking{"hm", ""},
                      wire::thinking{"", "sig"},
                      wire::text{"hi"},
                      wire::tool_begins{0, "a", "f"},
                      wire::tool_arguments{0, "{\"x\":1}"},
                      wire::tool_ends{0},
                      wire::usage{9, 8, 7, 0},
                      wire::finish{wire::finish_reason::tool_calls}};
    auto const   body = anthropic().whole_body(said, identity());
    EXPECT_EQ(
        body,
        R"({"model":"claude-sonnet-4","id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"hi"},{"type":"tool_use","id":"a","name":"f","input":{"x":1}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":2,"cache_creation_input_tokens":0,"cache_read_input_tokens":7,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":8,"service_tier":"standard","inference_geo":"not_available"}})");
    EXPECT_EQ(anthropic().whole(body), said);
}

TEST(AnthropicFailureBody, NamesTheTypeOfItsStatus) {
    EXPECT_EQ(
        anthropic().failure_body({429, "", "slow down", ""}),
        R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"},"request_id":"req_000000000000000000000000"})");
    EXPECT_EQ(anthropic().failed(529, anthropic().failure_body({529, "", "m", ""})),
              (wire::failure{529, "overloaded_error", "m", ""}));
}

}  // namespace
