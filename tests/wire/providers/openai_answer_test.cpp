#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"

namespace {

using namespace std::string_literals;
using deltas = std::vector<wire::delta>;

wire::provider_format const& openai() { return *wire::find_provider_format("openai"); }

std::string frame(std::string const& json) { return "data: " + json + "\n\n"; }

// A chunk with one choice: what stands in its delta, and perhaps why it finished.
std::string chunk(std::string const& delta, std::string const& finish = "null", int choice = 0) {
    return frame(R"({"id":"c1","object":"chat.completion.chunk","choices":[{"index":)" +
                 std::to_string(choice) + R"(,"delta":)" + delta + R"(,"finish_reason":)" + finish +
                 "}]}");
}

std::string call(std::string const& entries) {
    return chunk(R"({"tool_calls":[)" + entries + "]}");
}

std::string const done = "data: [DONE]\n\n";
std::string const stop = chunk("{}", "\"stop\"") + done;

wire::usage const tokens{3, 2, 1, 0};
std::string const usage_frame = frame(
    R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}})");

struct sample {
    char const* name;
    std::string bytes;
    deltas      said;
};

wire::finish const finish_stop{wire::finish_reason::stop};
wire::finish const finish_calls{wire::finish_reason::tool_calls};

std::vector<sample> const samples{
    {"Text",
     chunk(R"({"role":"assistant","content":"","refusal":null})") + chunk(R"({"content":"hi"})") +
         stop,
     {wire::text{"hi"}, finish_stop}},
    {"UsageBeforeTheFinish",
     chunk(R"({"content":"hi"})", "\"length\"") + usage_frame + done,
     {wire::text{"hi"}, tokens, wire::finish{wire::finish_reason::length}}},
    {"FinishWithoutDone",
     chunk(R"({"content":"hi"})") + chunk("{}", "\"stop\""),
     {wire::text{"hi"}, finish_stop}},
    {"DoneWithSpaces",
     chunk(R"({"content":"hi"})", "\"stop\"") + "data:   [DONE] \n\n",
     {wire::text{"hi"}, finish_stop}},
    {"ContentAfterTheFinish",
     chunk(R"({"content":"a"})", "\"stop\"") + chunk(R"({"content":"b"})", "\"stop\"") + done,
     {wire::text{"a"}, wire::text{"b"}, finish_stop}},
    {"DataAfterDone",
     chunk(R"({"content":"a"})", "\"stop\"") + done + chunk(R"({"content":"late"})") + done,
     {wire::text{"a"}, finish_stop}},
    {"EmptyAndForeignEvents",
     "data:\n\n" + frame(R"({"object":"other"})") + frame(R"({"choices":null})") + chunk("null") +
         stop,
     {finish_stop}},
    {"Reasoning",
     chunk(R"({"reasoning_content":"hm"})") + chunk(R"({"reasoning":" so","content":""})") +
         chunk(R"({"content":"x"})") + stop,
     {wire::thinking{"hm", ""}, wire::thinking{" so", ""}, wire::text{"x"}, finish_stop}},
    {"SealedThinking",
     chunk(R"({"reasoning_content":"hm"})") +
         chunk(R"({"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}]})") + stop,
     {wire::thinking{"hm", ""}, wire::thinking{"", "s"}, finish_stop}},
    {"ContentInParts",
     chunk(
         R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"x"}]})") +
         stop,
     {wire::thinking{"hm", ""}, wire::text{"x"}, finish_stop}},
    {"Refusal", chunk(R"({"refusal":"no"})") + stop, {wire::refusal{"no"}, finish_stop}},
    {"ContentFilter",
     chunk("{}", "\"content_filter\"") + done,
     {wire::finish{wire::finish_reason::content_filter}}},
    {"UnknownReason", chunk("{}", "\"eos\"") + done, {finish_stop}},
    {"OneCall",
     chunk(
         R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]})") +
         call(R"({"index":0,"function":{"arguments":"{\"x\""}})") +
         call(R"({"index":0,"function":{"arguments":":1}"}})") + chunk("{}", "\"tool_calls\"") +
         done,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{\"x\""},
      wire::tool_arguments{0, ":1}"}, wire::tool_ends{0}, finish_calls}},
    {"StopWithACall",
     call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{}"}, wire::tool_ends{0},
      finish_calls}},
    {"TwoCallsOneChunk",
     call(
         R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}})") +
         stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{}"}, wire::tool_ends{0},
      wire::tool_begins{1, "b", "g"}, wire::tool_arguments{1, "{}"}, wire::tool_ends{1},
      finish_calls}},
    {"InterleavedCalls",
     call(R"({"index":0,"id":"a","function":{"name":"f","arguments":""}})") +
         call(R"({"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}})") +
         call(R"({"index":0,"function":{"arguments":"{\"x\":\"}\\\"\""}})") +
         call(R"({"index":1,"function":{"arguments":":2}"}})") +
         call(R"({"index":0,"function":{"arguments":"}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, R"({"x":"}\"")"},
      wire::tool_arguments{0, "}"}, wire::tool_ends{0}, wire::tool_begins{1, "b", "g"},
      wire::tool_arguments{1, R"({"y":2})"}, wire::tool_ends{1}, finish_calls}},
    {"AnEscapedQuoteEndsNoString",
     call(
         R"({"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}})") +
         call(R"({"index":0,"function":{"arguments":"{\"x\":\"\\\"}"}})") +
         call(R"({"index":0,"function":{"arguments":"\"}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, R"({"x":"\"})"},
      wire::tool_arguments{0, "\"}"}, wire::tool_ends{0}, wire::tool_begins{1, "b", "g"},
      wire::tool_arguments{1, "{}"}, wire::tool_ends{1}, finish_calls}},
    {"IndexMissingIdTells",
     call(R"({"id":"a","function":{"name":"f","arguments":"{"}})") +
         call(R"({"function":{"arguments":"}"}})") +
         call(R"({"id":"b","function":{"name":"g","arguments":"{}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{"}, wire::tool_arguments{0, "}"},
      wire::tool_ends{0}, wire::tool_begins{1, "b", "g"}, wire::tool_arguments{1, "{}"},
      wire::tool_ends{1}, finish_calls}},
    {"IndexAlwaysZero",
     call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})") +
         call(R"({"index":0,"id":"b","function":{"name":"f","arguments":"{"}})") +
         call(R"({"index":0,"function":{"arguments":"}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{}"}, wire::tool_ends{0},
      wire::tool_begins{1, "b", "f"}, wire::tool_arguments{1, "{"}, wire::tool_arguments{1, "}"},
      wire::tool_ends{1}, finish_calls}},
    {"IdAndNameRepeated",
     call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}})") +
         call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{"}, wire::tool_arguments{0, "}"},
      wire::tool_ends{0}, finish_calls}},
    {"ArgumentsAsObject",
     call(R"({"index":3,"id":"a","function":{"name":"f","arguments":{"x":1}}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, R"({"x":1})"}, wire::tool_ends{0},
      finish_calls}},
    {"NoArgumentsNoId",
     call(R"({"index":0,"function":{"name":"f","arguments":null}})") + stop,
     {wire::tool_begins{0, "call_c1_0", "f"}, wire::tool_ends{0}, finish_calls}},
    {"TextWhileCalling",
     call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}})") +
         chunk(R"({"content":"so"})") + call(R"({"index":0,"function":{"arguments":"}"}})") + stop,
     {wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{"}, wire::tool_arguments{0, "}"},
      wire::tool_ends{0}, wire::text{"so"}, finish_calls}},
    {"TwoChoices",
     chunk(R"({"content":"a"})") + chunk(R"({"content":"x"})", "null", 1) +
         chunk("{}", "\"length\"", 1) + chunk("{}", "\"stop\"") + done,
     {wire::text{"a"}, wire::text{"x", 1}, finish_stop,
      wire::finish{wire::finish_reason::length, 1}}},
    {"ReasoningBesideTheCompletion",
     chunk(R"({"content":"a"})", "\"stop\"") +
         frame(
             R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}})") +
         done,
     {wire::text{"a"}, wire::usage{10, 12, 0, 7}, finish_stop}},
    {"AbsurdUsage",
     chunk(R"({"content":"a"})", "\"stop\"") +
         frame(R"({"usage":{"prompt_tokens":1.5,"completion_tokens":-1,"total_tokens":"2"}})") +
         done,
     {wire::text{"a"}, wire::usage{1, 0, 0, 0}, finish_stop}},
    {"ErrorFrame",
     chunk(R"({"content":"a"})") +
         frame(R"({"error":{"message":"m","type":"server_error","code":null}})") +
         chunk(R"({"content":"late"})"),
     {wire::text{"a"}, wire::failure{0, "server_error", "m", ""}}},
    {"ErrorInAChunk",
     chunk(R"({"content":"a"})", "\"length\"") +
         frame(
             R"({"choices":[{"index":0,"delta":{"content":"b"}}],"error":{"code":400,"message":"limit"},"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":1}}})") +
         done,
     {wire::text{"a"}, wire::text{"b"}, tokens, wire::failure{0, "", "limit", "400"}}},
    {"FlatErrorEvent",
     "event: error\ndata: {\"type\":\"overloaded\",\"message\":\"m\"}\n\n",
     {wire::failure{0, "overloaded", "m", ""}}},
    {"ErrorBodyInPlaceOfEvents",
     "{\n  \"error\": {\"message\": \"m\", \"type\": \"t\", \"code\": \"c\"}\n}\n",
     {wire::failure{0, "t", "m", "c"}}},
    {"WholeAnswerInPlaceOfEvents",
     "\r\n "
     R"({"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hi","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}})",
     {wire::text{"hi"}, wire::tool_begins{0, "a", "f"}, wire::tool_arguments{0, "{}"},
      wire::tool_ends{0}, tokens, finish_calls}},
};

class OpenAiDecoder : public testing::TestWithParam<sample> {};

TEST_P(OpenAiDecoder, SaysTheSameHoweverTheBytesAreCut) {
    auto const& [name, bytes, said] = GetParam();
    std::string_view const all = bytes;
    for (std::size_t cut = 0; cut <= all.size(); ++cut)
        ASSERT_EQ(decode(openai(), {all.substr(0, cut), all.substr(cut)}), said)
            << "cut after byte " << cut;
    EXPECT_EQ(decode(openai(), bytewise(bytes)), said);
    auto const understood = put_together(said);
    for (auto const& [number, choice] : understood.choices)
        EXPECT_NE(choice.order, wire::answer::broken) << "choice " << number;
}

INSTANTIATE_TEST_SUITE_P(Samples, OpenAiDecoder, testing::ValuesIn(samples),
                         [](auto const& info) { return std::string(info.param.name); });

// What was said before the trouble, and the trouble.
std::pair<deltas, boost::system::error_code> until_error(std::string const& bytes,
                                                         std::size_t        size_max = 4 << 20) {
    deltas     out;
    auto const decoder = openai().decoder(size_max);
    auto const code = error_of([&] {
        decoder->feed(bytes, out);
        decoder->end(out);
    });
    return {out, code};
}

TEST(OpenAiTrouble, ACutAnswerIsNeverTakenForAWholeOne) {
    auto const first = chunk(R"({"content":"hi"})");
    auto const begun = call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}})");
    for (auto const& bytes : {""s, first, begun, first + "data: {\"id\"", first + done.substr(0, 8),
                              ": keep-alive\n\n"s, "dat"s,
                              chunk("{}", "\"stop\"") + chunk(R"({"content":"x"})", "null", 1)}) {
        auto const [said, code] = until_error(bytes);
        EXPECT_EQ(code, wire::error::stream_cut) << bytes;
        for (auto const& one : said)
            EXPECT_FALSE(std::holds_alternative<wire::finish>(one)) << bytes;
    }
}

TEST(OpenAiTrouble, WhatIsNotPromisedIsMalformedAndWhatCameBeforeStays) {
    auto const first = chunk(R"({"content":"hi"})");
    for (auto const& bad :
         {frame("{\"choices\":["), frame("7"), frame("[done]"), frame(R"({"choices":[1]})"), done,
          chunk("{}", "null", 4000), call("1"), call(R"({"function":{"arguments":"x"}})")}) {
        auto const [said, code] = until_error(first + bad + stop);
        EXPECT_EQ(code, wire::error::malformed) << bad;
        EXPECT_EQ(said, deltas{wire::text{"hi"}}) << bad;
    }
    EXPECT_EQ(
        until_error(call(R"({"index":0,"id":"a","function":{"arguments":"{}"}})") + stop).second,
        wire::error::malformed);
    EXPECT_EQ(until_error(call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})") +
                          chunk(R"({"content":"x"})") +
                          call(R"({"index":0,"function":{"arguments":"{}"}})") + stop)
                  .second,
              wire::error::malformed);
}

TEST(OpenAiTrouble, ABodyThatIsNoStreamIsNamedForWhatItIs) {
    for (auto const* bytes : {"<html>portal</html>", "Bad gateway\n\n", "[1, 2]",
                              "{\"choices\":[]}", "{\"id\":\"chatcmpl", "{}\n{}\n"})
        EXPECT_EQ(until_error(bytes).second, wire::error::malformed) << bytes;
}

TEST(OpenAiTrouble, SizesAreBounded) {
    EXPECT_EQ(until_error("data: " + std::string(2000, 'x'), 1000).second,
              wire::error::event_too_large);
    EXPECT_EQ(until_error("{" + std::string(2000, ' '), 1000).second, wire::error::event_too_large);
    auto bytes = call(R"({"index":0,"id":"a","function":{"name":"f","arguments":"{"}})");
    for (int i = 0; i < 20; ++i) bytes += chunk(R"({"content":")" + std::string(100, 'x') + "\"}");
    EXPECT_EQ(until_error(bytes, 1000).second, wire::error::event_too_large)
        << "held back behind an open call";
}

TEST(OpenAiDecoding, IsFinishedAtDoneAndAtAnErrorAndNotBefore) {
    deltas     out;
    auto const decoder = openai().decoder(4 << 20);
    decoder->feed(chunk(R"({"content":"a"})", "\"stop\""), out);
    EXPECT_FALSE(decoder->finished());
    decoder->feed(done, out);
    EXPECT_TRUE(decoder->finished());
    decoder->feed("data: not even JSON\n\n", out);
    decoder->end(out);
    EXPECT_EQ(out.size(), 2u);
}

TEST(OpenAiWhole, RefusesWhatIsNoAnswer) {
    for (auto const* body : {"", "{}", "[]", "<html>", R"({"choices":[]})",
                             R"({"choices":[{"message":{"content":"x"}}]})"})
        EXPECT_EQ(error_of([&] { openai().whole(body); }), wire::error::malformed) << body;
    EXPECT_EQ(openai().whole(R"({"error":"no"})"), deltas{(wire::failure{0, "", "no", ""})});
}

}  // namespace
