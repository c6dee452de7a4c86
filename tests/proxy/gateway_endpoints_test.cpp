#include "tests/proxy/gateway_play.hpp"

// What a request to Responses or Messages comes to at the provider, and the shape of what comes
// back. The order of events is judged by the checks of the scenarios.

namespace {

using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayEndpoints : public play::gateway_stage {
protected:
    static std::string to(std::string const& path, json const& body) {
        return request("POST " + path, body.dump());
    }
    json turn_body(std::string const& provider, int turn) const {
        return turn_detail(provider, turn)["body"];
    }
    json messages_of(int turn) const { return turn_body("openai", turn)["messages"]; }
    json answered(std::string const& path, std::string const& body) {
        return asked(to(path, json::parse(body))).json();
    }
};

TEST_F(GatewayEndpoints, AResponseGoesOnFromWhatTheModelSaidAndNotFromOldInstructions) {
    start_provider("openai", {says({step(text, "Forty-two."), step(finish, "stop")}),
                              says({step(text, "Yes."), step(finish, "stop")})});
    start_gateway();
    auto const first = answered("/v1/responses", R"({"model": "gpt-4o", "input": "The answer?",
        "instructions": "Be brief.", "max_output_tokens": 100, "reasoning": {"effort": "low"}})");
    EXPECT_EQ(first["status"], "completed");
    EXPECT_EQ(first["output"][0]["content"][0]["text"], "Forty-two.");
    EXPECT_EQ(first["instructions"], "Be brief.");
    auto const asked = turn_body("openai", 1);
    EXPECT_EQ(asked["max_completion_tokens"], 100);
    EXPECT_EQ(asked["reasoning_effort"], "low");

    json again = {{"model", "gpt-4o"}, {"input", "Sure?"}, {"instructions", "Be kind."}};
    again["previous_response_id"] = first["id"];
    EXPECT_EQ(answered("/v1/responses", again.dump())["status"], "completed");
    EXPECT_EQ(messages_of(2), json::parse(R"([{"role": "system", "content": "Be kind."},
        {"role": "user", "content": "The answer?"}, {"role": "assistant", "content": "Forty-two."},
        {"role": "user", "content": "Sure?"}])"));
}

TEST_F(GatewayEndpoints, ItemsOfAResponseBecomeAConversation) {
    start_provider("openai", {says({step(text, "ok"), step(finish, "stop")})});
    start_gateway();
    answered("/v1/responses", R"({"model": "gpt-4o", "input": [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "Look"},
                                     {"type": "input_image", "image_url": "http://x/y.png"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I"}]},
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "1"},
        {"type": "function_call_output", "call_id": "b", "output": "2"}]})");
    EXPECT_EQ(messages_of(1), json::parse(R"([
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": "http://x/y.png"}}]},
        {"role": "assistant", "content": "I", "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "type": "function", "function": {"name": "g", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"}])"));
}

TEST_F(GatewayEndpoints, AnApprovedCallRunsAndItsResultStandsBehindIt) {
    start_server({{"echo", "Echo: hello"}});
    start_provider("openai",
                   {says({calls("echo", {{"text", "hello"}}), step(finish, "tool_calls")}),
                    says({step(text, "Done."), step(finish, "stop")})});
    start_gateway();
    json question = {{"model", "gpt-4o"}, {"input", "Echo."}, {"tools", play::mcp_tools()}};
    question["tools"][0]["require_approval"] = "always";
    auto const first = answered("/v1/responses", question.dump());
    ASSERT_EQ(first["output"][1]["type"], "mcp_approval_request");
    EXPECT_EQ(first["output"][1]["name"], "echo");
    EXPECT_EQ(first["output"][1]["server_label"], "everything");

    question["previous_response_id"] = first["id"];
    question["input"] = json::array();
    question["input"].push_back({{"type", "mcp_approval_response"},
                                 {"approval_request_id", first["output"][1]["id"]},
                                 {"approve", true}});
    question["input"].push_back({{"role", "user"}, {"content", "Quick."}});
    auto const second = answered("/v1/responses", question.dump());
    EXPECT_EQ(second["output"][0]["type"], "mcp_call");
    EXPECT_EQ(second["output"][0]["approval_request_id"], first["output"][1]["id"]);
    EXPECT_EQ(second["output"][0]["output"], "Echo: hello");
    auto const messages = messages_of(2);
    ASSERT_EQ(messages.size(), 4u);
    EXPECT_EQ(messages[2]["role"], "tool");
    EXPECT_EQ(messages[2]["content"], "Echo: hello");
    EXPECT_EQ(messages[3]["content"], "Quick.");
}

TEST_F(GatewayEndpoints, BlocksOfAMessageBecomeAConversation) {
    start_provider("openai", {says({step(text, "ok"), step(finish, "stop")})});
    start_gateway();
    auto const told = answered("/v1/messages", R"({"model": "gpt-4o", "max_tokens": 10,
        "system": "Be brief.", "stop_sequences": ["\n"], "top_k": 5, "tool_choice": {"type": "any"},
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "messages": [{"role": "user", "content": "Look"},
        {"role": "assistant", "content": [{"type": "text", "text": "I"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"},
                                     {"type": "text", "text": "So?"}]}]})");
    EXPECT_EQ(told["type"], "message");
    EXPECT_EQ(told["content"][0]["text"], "ok");
    EXPECT_EQ(told["stop_reason"], "end_turn");
    auto const body = turn_body("openai", 1);
    EXPECT_EQ(body["messages"], json::parse(R"([{"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look"},
        {"role": "assistant", "content": "I", "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "user", "content": "So?"}])"));
    EXPECT_EQ(body["stop"], json::array({"\n"}));
    EXPECT_EQ(body["tool_choice"], "required");
    EXPECT_EQ(body["tools"][0]["function"]["name"], "f");
    EXPECT_FALSE(body.contains("top_k")) << "OpenAI would refuse it";
}

TEST_F(GatewayEndpoints, ThinkingComesBackToAnthropicAsItWasSealed) {
    start_provider("anthropic", {says({step(text, "ok"), step(finish, "end_turn")})});
    start_gateway();
    answered("/v1/messages", R"({"model": "claude-sonnet-4", "max_tokens": 3000,
        "thinking": {"type": "enabled", "budget_tokens": 2000},
        "messages": [{"role": "user", "content": "Look"},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "sealed"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "1"}]}]})");
    auto const body = turn_body("anthropic", 1);
    EXPECT_EQ(body["messages"][1]["content"][0],
              json::parse(R"({"type": "thinking", "thinking": "Hm.", "signature": "sealed"})"));
    EXPECT_EQ(body["thinking"]["budget_tokens"], 2000);
}

TEST_F(GatewayEndpoints, ErrorsHaveTheShapeOfTheEndpoint) {
    start_gateway();
    auto const response = asked(to("/v1/responses", {{"model", "nobody"}}));
    EXPECT_EQ(response.head.status, 404u);
    EXPECT_EQ(response.json()["error"]["code"], "model_not_found");
    auto const message = asked(to("/v1/messages", {{"model", "nobody"}}));
    EXPECT_EQ(message.head.status, 404u);
    EXPECT_EQ(message.json()["type"], "error");
    EXPECT_EQ(message.json()["error"]["type"], "not_found_error");
    auto const other_way = asked(request("GET /v1/messages", ""));
    EXPECT_EQ(other_way.head.status, 405u);
    EXPECT_EQ(other_way.json()["type"], "error");
}

TEST_F(GatewayEndpoints, WhatIsNotSupportedIsRefusedAndNotLeftOut) {
    start_gateway();
    for (auto const* body :
         {R"({"model": "gpt-4o", "input": "x", "background": true})",
          R"({"model": "gpt-4o", "input": "x", "conversation": "conv_1"})",
          R"({"model": "gpt-4o", "input": "x", "max_tool_calls": 0})",
          R"({"model": "gpt-4o", "input": [{"type": "item_reference", "id": "x"}]})",
          R"({"model": "gpt-4o", "input": []})", R"({"model": "gpt-4o"})",
          R"({"model": "gpt-4o", "input": "x", "tools": [{"type": "web_search"}]})"})
        EXPECT_EQ(asked(to("/v1/responses", json::parse(body))).head.status, 400u) << body;
    for (auto const* body :
         {R"({"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]})",
          R"({"model": "gpt-4o", "max_tokens": 5, "messages": []})",
          R"({"model": "gpt-4o", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}],
              "mcp_servers": [{"type": "url", "url": "http://x", "name": "x"}]})",
          R"({"model": "gpt-4o", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}],
              "tools": [{"type": "web_search_20250305", "name": "web_search"}]})"})
        EXPECT_EQ(asked(to("/v1/messages", json::parse(body))).head.status, 400u) << body;
}

TEST_F(GatewayEndpoints, AnthropicsHeaderCarriesAKey) {
    start_provider("openai", {says({step(text, "ok"), step(finish, "stop")})});
    start_gateway();
    json const body = {
        {"model", "gpt-4o"}, {"max_tokens", 5}, {"messages", json::array({play::user_says("x")})}};
    auto const text = body.dump();
    auto const with = [&](std::string const& key) {
        return asked("POST /v1/messages HTTP/1.1\r\nHost: proxy\r\nx-api-key: " + key +
                     "\r\nContent-Type: application/json\r\nContent-Length: " +
                     std::to_string(text.size()) + "\r\n\r\n" + text);
    };
    EXPECT_EQ(with("sk-wrong").json()["error"]["type"], "authentication_error");
    EXPECT_EQ(with(client_key).head.status, 200u);
}

}  // namespace
