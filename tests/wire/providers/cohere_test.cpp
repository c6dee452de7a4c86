#include <gtest/gtest.h>

#include "tests/wire/heard.hpp"
#include "tests/wire/throws.hpp"
#include "wire/error.hpp"

// Hand-made after recordings of the real service.
namespace {

using nlohmann::json;

wire::provider_format const& cohere() { return *wire::find_provider_format("cohere"); }

std::string event(std::string const& type, std::string const& more) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + more + "}\n\n";
}

std::string message(std::string const& type, std::string const& words) {
    return event(type, R"(,"index":0,"delta":{"message":)" + words + "}");
}

std::string over(std::string const& reason) {
    return event("message-end",
                 R"(,"delta":{"finish_reason":")" + reason +
                     R"(","usage":{"billed_units":{"input_tokens":1,"output_tokens":1},)"
                     R"("tokens":{"input_tokens":9,"output_tokens":4}}})") +
           "data: [DONE]\n\n";
}

heard understood(std::string const& bytes) {
    auto const whole = put_together(said_by(cohere(), bytes));
    EXPECT_EQ(put_together(decode(cohere(), bytewise(bytes))), whole);
    return whole;
}

TEST(CohereAnswer, CountsTokensAndNotWhatIsBilled) {
    auto const got = understood(message("content-delta", R"({"content":{"text":"a"}})") +
                                event("citation-start", R"(,"index":0)") + over("COMPLETE"));
    EXPECT_EQ(got.choices.at(0).text, "a");
    EXPECT_EQ(got.tokens, (wire::usage{9, 4, 0, 0}));
}

TEST(CohereAnswer, GivesACallWithoutArgumentsAnEmptyObject) {
    auto const begin =
        R"({"tool_calls":{"id":"1","type":"function","function":{"name":"f","arguments":""}}})";
    auto const got = understood(message("tool-plan-delta", R"({"tool_plan":"I will."})") +
                                message("tool-call-start", begin) +
                                event("tool-call-end", R"(,"index":0)") + over("TOOL_CALL"));
    EXPECT_EQ(got.choices.at(0).text, "I will.");
    EXPECT_EQ(got.choices.at(0).calls, (std::vector<wire::tool_call>{{"1", "f", "{}"}}));
}

TEST(CohereAnswer, MapsItsReasons) {
    EXPECT_EQ(understood(over("MAX_TOKENS")).choices.at(0).finish, wire::finish_reason::length);
    EXPECT_EQ(understood(over("STOP_SEQUENCE")).choices.at(0).finish, wire::finish_reason::stop);
    EXPECT_TRUE(understood(over("TIMEOUT")).failed);
    EXPECT_EQ(error_of([] { said_by(cohere(), "data: [DONE]\n\n"); }), wire::error::stream_cut);
}

TEST(CohereEncoder, SpellsAsTheServiceDoes) {
    auto const encoder = cohere().encoder({"id1", "m", 0, true, {}});
    EXPECT_EQ(encoder->begin(),
              "event: message-start\ndata: {\"id\":\"id1\",\"type\":\"message-start\",\"delta\":"
              "{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\","
              "\"tool_calls\":[],\"citations\":[]}}}\n\n");
    EXPECT_EQ(encoder->encode(wire::tool_begins{0, "1", "f"}),
              "event: tool-call-start\ndata: {\"type\":\"tool-call-start\",\"index\":0,\"delta\":"
              "{\"message\":{\"tool_calls\":{\"id\":\"1\",\"type\":\"function\",\"function\":"
              "{\"name\":\"f\",\"arguments\":\"\"}}}}}\n\n");
}

TEST(CohereRequest, OffersOnlyTheToolThatMustBeCalled) {
    wire::conversation talk;
    talk.model = "m";
    talk.messages = json::array();
    talk.tools = {{"f", "", json::object(), nullptr}, {"g", "", json::object(), nullptr}};
    talk.tool_choice = {{"type", "function"}, {"function", {{"name", "g"}}}};
    auto const body = json::parse(cohere().request(talk, wire::account("KEY")).body);
    EXPECT_EQ(body["tool_choice"], "REQUIRED");
    ASSERT_EQ(body["tools"].size(), 1u);
    EXPECT_EQ(body["tools"][0]["function"]["name"], "g");
}

}  // namespace
