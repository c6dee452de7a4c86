#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"

namespace {

using namespace std::string_literals;
using deltas = std::vector<wire::delta>;

wire::provider_format const& anthropic() { return *wire::find_provider_format("anthropic"); }

std::string event(std::string const& type, std::string const& members = {}) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" +
           (members.empty() ? "" : "," + members) + "   }\n\n";
}

std::string begin_block(int index, std::string const& block) {
    return event("content_block_start",
                 "\"index\":" + std::to_string(index) + ",\"content_block\":" + block);
}

std::string piece(int index, std::string const& delta) {
    return event("content_block_delta",
                 "\"index\":" + std::to_string(index) + ",\"delta\":" + delta);
}

std::string end_block(int index) {
    return event("content_block_stop", "\"index\":" + std::to_string(index));
}

std::string end(std::string const& reason, std::string const& usage = R"({"output_tokens":9})") {
    return event("message_delta", R"("delta":{"stop_reason":")" + reason +
                                      R"(","stop_sequence":null},"usage":)" + usage) +
           event("message_stop");
}

std::string const start = event(
    "message_start",
    R"("message":{"id":"msg_1","content":[],"usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":1}})");
std::string const ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
std::string const hello = begin_block(0, R"({"type":"text","text":""})") + ping +
                          piece(0, R"({"type":"text_delta","text":"hi"})") + end_block(0);

wire::usage const  tokens{10, 9, 3, 0};
wire::finish const finish_stop{wire::finish_reason::stop};
wire::finish const finish_calls{wire::finish_reason::tool_calls};

struct sample {
    char const* name;
    std::string bytes;
    deltas      said;
};

std::vector<sample> const samples{
    {"Text", start + hello + end("end_turn"), {wire::text{"hi"}, tokens, finish_stop}},
    {"StopSequence", start + hello + end("stop_sequence"), {wire::text{"hi"}, tokens, finish_stop}},
    {"MaxTokens",
     start + hello + end("max_tokens"),
     {wire::text{"hi"}, tokens, wire::finish{wire::finish_reason::length}}},
    {"PauseTurn",
     start + hello + end("pause_turn"),
     {wire::text{"hi"}, tokens, wire::finish{wire::finish_reason::length}}},
    {"UsageGrows",
     start + hello +
         event("message_delta", R"("delta":{"stop_reason":null},"usage":{"output_tokens":4})") +
         end("end_turn",
             R"({"input_tokens":50,"output_tokens":20,"output_tokens_details":{"thinking_tokens":6}})"),
     {wire::text{"hi"}, wire::usage{55, 20, 3, 6}, finish_stop}},
    {"Thinking",
     start + begin_block(0, R"({"type":"thinking","thinking":"","signature":""})") +
         piece(0, R"({"type":"thinking_delta","thinking":"hm"})") +
         piece(0, R"({"type":"signature_delta","signature":"sig"})") + end_block(0) +
         begin_block(1, R"({"type":"redacted_thinking","data":"sealed"})") + end_block(1) +
         end("end_turn"),
     {wire::thinking{"hm", ""}, wire::thinking{"", "sig"}, wire::thinking{"", "sealed", 0, true},
      tokens, finish_stop}},
    {"CallsAreCountedByThemselves",
     start + hello +
         begin_block(1, R"({"type":"server_tool_use","id":"s","name":"web_search","input":{}})") +
         piece(1, R"({"type":"input_json_delta","partial_json":"{}"})") + end_block(1) +
         begin_block(2, R"({"type":"web_search_tool_result","tool_use_id":"s","content":[]})") +
         end_block(2) + begin_block(3, R"({"type":"tool_use","id":"a","name":"f","input":{}})") +
         piece(3, R"({"type":"input_json_delta","partial_json":""})") +
         piece(3, R"({"type":"input_json_delta","partial_json":"{\"x\""})") +
         piece(3, R"({"type":"input_json_delta","partial_json":": 1}"})") + end_block(3) +
         begin_block(4, R"({"type":"tool_use","id":"b","name":"g","input":{}})") +
         piece(4, R"({"type":"input_json_delta","partial_json":""})") + end_block(4) +
         end("tool_use"),
     {wire::text{"hi"}, wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{\"x\""},
      wire::tool_arguments{0, ": 1}"}, wire::tool_ends{0}, wire::tool_begins{1, "b", "g"},
      wire::tool_arguments{1, "{}"}, wire::tool_ends{1}, tokens, finish_calls}},
    {"BlocksThatComeWhole",
     start + begin_block(0, R"({"type":"text","text":"hi"})") + end_block(0) +
         begin_block(1, R"({"type":"tool_use","id":"a","name":"f","input":{"x":1}})") +
         end_block(1) + end("end_turn"),
     {wire::text{"hi"}, wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, R"({"x":1})"},
      wire::tool_ends{0}, tokens, finish_calls}},
    {"Refusal",
     start + ping +
         event(
             "message_delta",
             R"("delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"not this"}},"usage":{"output_tokens":9})") +
         event("message_stop"),
     {wire::refusal{"not this"}, tokens, wire::finish{wire::finish_reason::content_filter}}},
    {"UnknownEventsAndDeltas",
     start + event("future", "\"a\":[1]") + begin_block(0, R"({"type":"hologram"})") +
         piece(0, R"({"type":"hologram_delta"})") + end_block(0) + hello + end("end_turn"),
     {wire::text{"hi"}, tokens, finish_stop}},
    {"ErrorFirst",
     "event: error\ndata: "
     "{\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"overloaded_error\",\"message\":"
     "\"Overloaded\"}}\n\n",
     {wire::failure{0, "overloaded_error", "Overloaded", ""}}},
    {"ErrorAfterOutput",
     start + hello + event("error", R"("error":{"type":"api_error","message":"m"})") +
         end("end_turn"),
     {wire::text{"hi"}, wire::failure{0, "api_error", "m", ""}}},
    {"ErrorWithoutItsType",
     "event: error\ndata: {\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n",
     {wire::failure{0, "api_error", "m", ""}}},
    {"AfterTheStop",
     start + hello + end("end_turn") + hello + "data: junk\n\n",
     {wire::text{"hi"}, tokens, finish_stop}},
    {"ErrorBodyInPlaceOfEvents",
     R"({"type":"error","error":{"type":"not_found_error","message":"model: x"},"request_id":"r"})",
     {wire::failure{0, "not_found_error", "model: x", ""}}},
    {"WholeAnswerInPlaceOfEvents",
     R"({"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig"},{"type":"text","text":"hi"},{"type":"tool_use","id":"a","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":9}})",
     {wire::thinking{"hm", ""}, wire::thinking{"", "sig"}, wire::text{"hi"},
      wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{}"}, wire::tool_ends{0}, tokens,
      finish_calls}},
};

class AnthropicDecoder : public testing::TestWithParam<sample> {};

TEST_P(AnthropicDecoder, SaysTheSameHoweverTheBytesAreCut) {
    auto const& [name, bytes, said] = GetParam();
    std::string_view const all = bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut)
        ASSERT_EQ(decode(anthropic(), {all.substr(0, cut), all.substr(cut)}), said)
            << "cut after byte " << cut;
    EXPECT_EQ(decode(anthropic(), bytewise(bytes)), said);
    auto const understood = put_together(said);
    for (auto const& [number, choice] : understood.choices)
        EXPECT_NE(choice.order, wire::answer::broken);
}

INSTANTIATE_TEST_SUITE_P(Samples, AnthropicDecoder, testing::ValuesIn(samples),
                         [](auto const& info) { return std::string(info.param.name); });

std::string without_event_lines(std::string bytes) {
    for (auto at = bytes.find("event: "); at != bytes.npos; at = bytes.find("event: ", at))
        bytes.erase(at, bytes.find('\n', at) + 1 - at);
    return bytes;
}

TEST(AnthropicDecoding, DoesWithoutTheEventLines) {
    EXPECT_EQ(said_by(anthropic(), without_event_lines(start + hello + end("end_turn"))),
              (deltas{wire::text{"hi"}, tokens, finish_stop}));
}

std::pair<deltas, boost::system::error_code> until_error(std::string const& bytes) {
    deltas     out;
    auto const decoder = anthropic().decoder(4 << 20);
    auto const code = error_of([&] {
        decoder->feed(bytes, out);
        decoder->end(out);
    });
    return {out, code};
}

TEST(AnthropicTrouble, ACutAnswerIsNeverTakenForAWholeOne) {
    std::string const whole = start + hello + end("end_turn");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto const [said, code] = until_error(whole.substr(0, size));
        ASSERT_EQ(code, wire::error::stream_cut) << size;
        for (auto const& one : said)
            ASSERT_FALSE(std::holds_alternative<wire::finish>(one)) << size;
    }
}

TEST(AnthropicTrouble, WhatIsNotPromisedIsMalformedAndWhatCameBeforeStays) {
    for (auto const& bad :
         {start, "data: 7\n\n"s, "data: {\n\n"s, piece(0, R"({"type":"text_delta","text":"late"})"),
          begin_block(1, R"({"type":"text","text":""})") +
              piece(7, R"({"type":"text_delta","text":"x"})"),
          event("message_stop")}) {
        auto const [said, code] = until_error(start + hello + bad + end("end_turn"));
        EXPECT_EQ(code, wire::error::malformed) << bad;
        EXPECT_EQ(said, deltas{wire::text{"hi"}}) << bad;
    }
    EXPECT_EQ(until_error(hello).second, wire::error::malformed) << "before message_start";
    for (auto const* bytes : {"<html>", "Bad gateway", "[1]", "{\"type\":\"message\"}"})
        EXPECT_EQ(until_error(bytes).second, wire::error::malformed) << bytes;
}

}  // namespace
