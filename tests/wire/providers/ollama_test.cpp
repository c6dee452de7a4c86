#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"

// Hand-made after recordings of the real service.
namespace {

using nlohmann::json;

wire::provider_format const& ollama() { return *wire::find_provider_format("ollama"); }

std::string line(std::string const& message) {
    return R"({"model":"m","created_at":"2025-06-09T17:58:55.3Z","message":)" + message +
           R"(,"done":false})" + "\n";
}

std::string const last =
    R"({"message":{"content":""},"done_reason":"stop","done":true,"prompt_eval_count":5,"eval_count":2})";

heard understood(std::string const& bytes) {
    auto const whole = put_together(said_by(ollama(), bytes));
    EXPECT_EQ(put_together(decode(ollama(), bytewise(bytes))), whole);
    return whole;
}

TEST(OllamaAnswer, TakesBlankLinesAndALastOneWithoutItsEnd) {
    auto const got = understood("\n" + line(R"({"content":"a"})") + "\r\n" + last);
    EXPECT_EQ(got.choices.at(0).text, "a");
    EXPECT_EQ(got.tokens, (wire::usage{5, 2, 0, 0}));
}

TEST(OllamaAnswer, GivesCallsIdsOfTheirOwnAndRemembersThem) {
    auto const call =
        R"({"content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]})";
    auto const                         got = understood(line(call) + line(call) + last + "\n");
    std::vector<wire::tool_call> const wanted{{"call_202506091758553_0", "f", R"({"a":1})"},
                                              {"call_202506091758553_1", "f", R"({"a":1})"}};
    EXPECT_EQ(got.choices.at(0).calls, wanted);
    EXPECT_EQ(got.choices.at(0).finish, wire::finish_reason::tool_calls);
}

TEST(OllamaAnswer, EndsWithALineThatHoldsAnError) {
    auto const got = understood(line(R"({"content":"a"})") + "{\"error\":\"broken\"}\n" + last);
    ASSERT_TRUE(got.failed);
    EXPECT_EQ(got.failed->message, "broken");
    EXPECT_FALSE(got.choices.at(0).finish);
}

TEST(OllamaAnswer, IsNoAnswerBeforeItIsDone) {
    for (auto const& bytes : {std::string(), line(R"({"content":"a"})"), std::string("{\"mes")})
        EXPECT_EQ(error_of([&] { said_by(ollama(), bytes); }), wire::error::stream_cut) << bytes;
    EXPECT_EQ(error_of([&] { said_by(ollama(), "<html>\n"); }), wire::error::malformed);
}

TEST(OllamaEncoder, SpellsAsTheServiceDoes) {
    auto const encoder = ollama().encoder({"", "m", 1'700'000'000, true, {}});
    EXPECT_EQ(encoder->encode(wire::text{"a"}),
              R"({"model":"m","created_at":"2023-11-14T22:13:20.000001Z",)"
              R"("message":{"role":"assistant","content":"a"},"done":false})"
              "\n");
}

TEST(OllamaRequest, SpellsArgumentsAsObjectsAndNamesTheToolOfAResult) {
    wire::conversation talk;
    talk.model = "m";
    talk.messages = json::array();
    wire::tool_call const call{"id1", "f", R"({"a":1})"};
    talk.add_answer("", {call});
    talk.add_result(call, "done");
    talk.options["max_tokens"] = 5;
    auto const request = ollama().request(talk, wire::account());
    EXPECT_EQ(request.path, "/api/chat");
    EXPECT_EQ(request.headers.size(), 1u) << "a key that nobody has";
    EXPECT_EQ(json::parse(request.body), json::parse(R"({"model":"m","stream":false,"messages":[
        {"role":"assistant","content":"","tool_calls":[{"id":"id1","function":{"name":"f","arguments":{"a":1}}}]},
        {"role":"tool","content":"done","tool_call_id":"id1","tool_name":"f"}],
        "options":{"num_predict":5}})"));
}

TEST(OllamaQuestion, StreamsUnlessToldOtherwise) {
    EXPECT_TRUE(ollama().question("", R"({"messages":[]})").stream);
    EXPECT_FALSE(ollama().question("", R"({"messages":[],"stream":false})").stream);
}

}  // namespace
