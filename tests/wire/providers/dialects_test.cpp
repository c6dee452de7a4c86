#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "wire/sse.hpp"

// What each of those who speak like OpenAI does otherwise, by hand after recordings.
namespace {

using nlohmann::json;
using deltas = std::vector<wire::delta>;

struct spoken {
    std::string              bytes;
    std::vector<std::string> comments;
    std::vector<std::string> types;
    std::vector<std::string> data;

    json chunk(std::size_t i) const { return json::parse(data.at(i)); }
    json delta(std::size_t i) const { return chunk(i)["choices"][0]["delta"]; }
    // From the end; 0 is the last.
    json last(std::size_t i) const { return json::parse(data.at(data.size() - 1 - i)); }
};

spoken speak(char const* name, deltas const& said, bool usage = true) {
    auto const encoder =
        wire::find_provider_format(name)->encoder({"id1", "m", 1'700'000'000, usage, {}});
    spoken all;
    all.bytes = encoder->begin();
    for (auto const& one : said) all.bytes += encoder->encode(one);
    all.bytes += encoder->end();
    wire::sse_parser parser([&](wire::sse_event const& e) {
        all.types.push_back(e.type);
        all.data.push_back(e.data);
    });
    parser.on_comment([&](std::string_view words) { all.comments.emplace_back(words); });
    parser.feed(all.bytes);
    return all;
}

deltas a_call() {
    return {wire::tool_begins{0, "call12345", "f"},
            wire::tool_arguments{0, "{\"a\""},
            wire::tool_arguments{0, ":1}"},
            wire::tool_ends{0},
            wire::usage{10, 4, 2, 1},
            wire::finish{wire::finish_reason::tool_calls}};
}

deltas a_text() {
    return {wire::thinking{"hm", {}}, wire::text{"a"}, wire::usage{10, 4, 2, 1}, wire::finish{}};
}

TEST(Azure, JudgesTheQuestionFirstAndSortsItsMembers) {
    auto const all = speak("azure", a_text());
    EXPECT_TRUE(all.data[0].starts_with(
        R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{)"))
        << all.data[0];
    EXPECT_TRUE(all.data[1].starts_with(R"({"choices":[{"content_filter_results":{},"delta":)"))
        << all.data[1];
    for (std::size_t i = 1; i + 1 < all.data.size(); ++i)
        EXPECT_EQ(all.data[i].size() % 16, 1u) << all.data[i];
    EXPECT_EQ(all.data.back(), "[DONE]");
    EXPECT_EQ(all.last(1)["usage"]["total_tokens"], 14);
    EXPECT_EQ(all.last(1)["choices"], json::array());
}

TEST(Azure, HasDeploymentAndVersionInThePathAndTheKeyInAFieldOfItsOwn) {
    wire::conversation talk;
    talk.model = "my gpt";
    talk.messages = json::array();
    wire::account whose("KEY");
    whose.api_version = "2025-01-01-preview";
    auto const request = wire::find_provider_format("azure")->request(talk, whose);
    EXPECT_EQ(request.path,
              "/openai/deployments/my%20gpt/chat/completions?api-version=2025-01-01-preview");
    EXPECT_EQ(request.headers[0], std::make_pair(std::string("api-key"), std::string("KEY")));
}

TEST(OpenRouter, WaitsWithCommentsAndEndsTwice) {
    auto const all = speak("openrouter", a_text());
    EXPECT_EQ(all.comments.at(0), " OPENROUTER PROCESSING");
    EXPECT_EQ(all.delta(0)["role"], "assistant");
    EXPECT_EQ(all.delta(0)["reasoning_details"][0]["text"], "hm");
    EXPECT_EQ(all.delta(1)["role"], "assistant");
    EXPECT_EQ(all.last(2)["choices"][0]["finish_reason"], "stop");
    EXPECT_FALSE(all.last(2).contains("usage"));
    EXPECT_EQ(all.last(1)["choices"][0]["native_finish_reason"], "end_turn");
    EXPECT_EQ(all.last(1)["usage"]["completion_tokens"], 4);
}

TEST(OpenRouter, HasItsErrorsInAChunkBeforeTheEnd) {
    auto const all = speak("openrouter", {wire::text{"a"}, wire::failure{0, "", "broke", ""}});
    EXPECT_EQ(all.last(1)["error"]["message"], "broke");
    EXPECT_EQ(all.last(1)["choices"].size(), 1u);
    auto const known = wire::find_provider_format("openrouter");
    EXPECT_TRUE(put_together(said_by(*known, all.bytes)).failed);
}

TEST(DeepSeek, ThinksBesideANullAndCountsWithTheFinish) {
    auto const all = speak("deepseek", a_text(), false);
    EXPECT_EQ(all.comments.at(0), " keep-alive");
    EXPECT_EQ(all.delta(1), json({{"content", nullptr}, {"reasoning_content", "hm"}}));
    EXPECT_EQ(all.chunk(1)["usage"], json());
    EXPECT_EQ(all.last(1)["choices"][0]["delta"], json({{"content", ""}}));
    EXPECT_EQ(all.last(1)["usage"]["prompt_cache_hit_tokens"], 2);
    EXPECT_EQ(all.last(1)["usage"]["prompt_cache_miss_tokens"], 8);
}

TEST(Vllm, SaysDoneBehindAnError) {
    auto const all = speak("vllm", {wire::text{"a"}, wire::failure{0, "", "broke", ""}});
    EXPECT_EQ(all.data.back(), "[DONE]");
    EXPECT_EQ(all.last(1)["error"]["code"], 500);
    EXPECT_EQ(speak("vllm", a_text()).delta(1), json({{"reasoning", "hm"}}));
}

TEST(Mistral, SendsCallsWholeWithTheFinishAndThoughtsAsParts) {
    auto const calls = speak("mistral", a_call(), false);
    ASSERT_EQ(calls.data.size(), 2u) << calls.bytes;
    EXPECT_EQ(
        calls.delta(0)["tool_calls"],
        json::parse(
            R"([{"index":0,"id":"call12345","function":{"name":"f","arguments":"{\"a\":1}"}}])"));
    EXPECT_EQ(calls.chunk(0)["usage"]["total_tokens"], 14);
    EXPECT_TRUE(calls.chunk(0).contains("p"));
    auto const text = speak("mistral", a_text(), false);
    EXPECT_EQ(text.delta(1)["content"],
              json::parse(R"([{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}])"));
}

TEST(Mistral, SpellsSeedAndChoiceAndAsksForNoCount) {
    wire::conversation talk;
    talk.model = "m";
    talk.stream = true;
    talk.messages = json::array();
    talk.tool_choice = "required";
    talk.options = {{"seed", 7}, {"max_completion_tokens", 5}, {"user", "u"}};
    auto const request = wire::find_provider_format("mistral")->request(talk, wire::account("K"));
    EXPECT_EQ(json::parse(request.body), json({{"model", "m"},
                                               {"messages", json::array()},
                                               {"stream", true},
                                               {"random_seed", 7},
                                               {"max_tokens", 5},
                                               {"tool_choice", "any"}}));
}

TEST(Groq, CountsInThreePlacesAndNamesItsErrors) {
    auto const all = speak("groq", a_text());
    EXPECT_TRUE(all.chunk(0)["x_groq"].contains("seed"));
    EXPECT_EQ(all.delta(1), json({{"reasoning", "hm"}, {"channel", "analysis"}}));
    EXPECT_EQ(all.last(2)["x_groq"]["usage"]["completion_tokens"], 4);
    EXPECT_EQ(all.last(2)["usage"]["completion_tokens"], 4);
    EXPECT_EQ(all.last(1)["choices"], json::array());
    auto const unasked = speak("groq", a_text(), false);
    EXPECT_EQ(unasked.last(1)["x_groq"]["usage"]["completion_tokens"], 4);
    EXPECT_FALSE(unasked.last(1).contains("usage"));

    auto const failed = speak("groq", {wire::failure{0, "", "broke", "tool_use_failed"}});
    EXPECT_EQ(failed.types.back(), "error");
    EXPECT_EQ(failed.last(0)["error"]["code"], "tool_use_failed");
}

TEST(Xai, LeavesTheReasonOutAndCountsThoughtsBeside) {
    auto const all = speak("xai", a_text());
    EXPECT_FALSE(all.chunk(0)["choices"][0].contains("finish_reason"));
    EXPECT_EQ(all.delta(0), json({{"role", "assistant"}, {"reasoning_content", "hm"}}));
    EXPECT_EQ(all.last(1)["usage"]["completion_tokens"], 3);
    EXPECT_EQ(all.last(1)["usage"]["total_tokens"], 14);
    EXPECT_EQ(speak("xai", a_call()).delta(0)["tool_calls"][0]["function"]["arguments"],
              "{\"a\":1}");
    EXPECT_EQ(wire::find_provider_format("xai")->failure_body({400, "", "no", ""}),
              R"({"code":"invalid-argument","error":"no"})");
}

}  // namespace
