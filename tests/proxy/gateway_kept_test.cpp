#include "tests/proxy/gateway_play.hpp"

// What later requests may ask of a response, and what of a request reaches only those who know it.

namespace {

using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayKept : public play::gateway_stage {
protected:
    void SetUp() override {
        start_provider("openai", {says({step(text, "Forty-two."), step(finish, "stop")}),
                                  says({step(text, "Yes."), step(finish, "stop")})});
        start_gateway();
    }
    json answered(json const& body) {
        return asked(request("POST /v1/responses", body.dump())).json();
    }
    auto got(std::string const& method, std::string const& id, std::string const& part = {}) {
        return asked(request(method + " /v1/responses/" + id + part, ""));
    }
};

TEST_F(GatewayKept, AResponseIsReadAsItEnded) {
    auto const told = answered({{"model", "gpt-4o"}, {"input", "The answer?"}});
    auto const again = got("GET", told["id"]);
    EXPECT_EQ(again.head.status, 200u);
    EXPECT_EQ(again.json(), told);
}

TEST_F(GatewayKept, InputItemsAreThoseOfTheRequestEachWithItsTypeAndAnId) {
    auto const told = answered(json::parse(R"({"model": "gpt-4o", "input": [
        {"role": "user", "content": "The answer?"},
        {"type": "function_call_output", "call_id": "c", "output": "42"}]})"));
    auto const items = got("GET", told["id"], "/input_items").json();
    EXPECT_EQ(items["object"], "list");
    EXPECT_EQ(items["has_more"], false);
    ASSERT_EQ(items["data"].size(), 2u);
    EXPECT_EQ(items["first_id"], items["data"][0]["id"]);
    EXPECT_EQ(items["last_id"], items["data"][1]["id"]);
    auto first = items["data"][0];
    first.erase("id");
    EXPECT_EQ(first, json::parse(R"({"type": "message", "role": "user",
        "content": [{"type": "input_text", "text": "The answer?"}]})"));
    EXPECT_EQ(items["data"][1]["type"], "function_call_output");
}

TEST_F(GatewayKept, ADeletedOneIsGoneForEverybody) {
    auto const told = answered({{"model", "gpt-4o"}, {"input", "The answer?"}});
    json const gone{{"id", told["id"]}, {"object", "response"}, {"deleted", true}};
    EXPECT_EQ(got("DELETE", told["id"]).json(), gone);
    EXPECT_EQ(got("GET", told["id"]).json()["error"]["code"], "response_not_found");
    EXPECT_EQ(got("DELETE", told["id"]).head.status, 404u);
    json next{{"model", "gpt-4o"}, {"input", "Sure?"}};
    next["previous_response_id"] = told["id"];
    EXPECT_EQ(answered(next)["error"]["code"], "previous_response_not_found");
}

TEST_F(GatewayKept, WhatWasNotToBeKeptCannotBeRead) {
    auto const told = answered({{"model", "gpt-4o"}, {"input", "The answer?"}, {"store", false}});
    EXPECT_EQ(got("GET", told["id"]).head.status, 404u);
    EXPECT_EQ(got("GET", "").head.status, 404u);
    EXPECT_EQ(got("GET", told["id"], "/nothing").head.status, 404u);
}

class GatewayMarks : public play::gateway_stage {
protected:
    // A question whose system, words, tool and result are to be cached.
    std::string question(std::string const& model) {
        auto body = json::parse(R"({"max_tokens": 10,
            "cache_control": {"type": "ephemeral"},
            "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "f", "input_schema": {"type": "object"},
                       "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}}]},
                {"role": "assistant", "content": [
                    {"type": "tool_use", "id": "a", "name": "f", "input": {},
                     "cache_control": {"type": "ephemeral"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "1",
                     "cache_control": {"type": "ephemeral"}}]}]})");
        body["model"] = model;
        return request("POST /v1/messages", body.dump());
    }
};

TEST_F(GatewayMarks, AnthropicIsToldWhatMayBeCached) {
    start_provider("anthropic", {says({step(text, "ok"), step(finish, "end_turn")})});
    start_gateway();
    EXPECT_EQ(asked(question("claude-sonnet-4")).head.status, 200u);
    auto const body = turn_detail("anthropic", 1)["body"];
    json const mark{{"type", "ephemeral"}};
    EXPECT_EQ(body["cache_control"], mark);
    EXPECT_EQ(body["system"][0]["cache_control"], mark);
    EXPECT_EQ(body["tools"][0]["cache_control"]["ttl"], "1h");
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(body["messages"][i]["content"][0]["cache_control"], mark) << i;
}

TEST_F(GatewayMarks, NobodyElseIsToldWhatHeWouldRefuse) {
    start_provider("openai", {says({step(text, "ok"), step(finish, "stop")})});
    start_gateway();
    EXPECT_EQ(asked(question("gpt-4o")).head.status, 200u);
    auto const body = turn_detail("openai", 1)["body"].dump();
    EXPECT_EQ(body.find("cache_control"), std::string::npos) << body;
}

}  // namespace
