#include "tests/proxy/gateway_play.hpp"

// What the providers are asked with and what the client is told, whole and to the letter.

namespace {

using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayBodies : public play::gateway_stage {
protected:
    // Two tools in one turn, then the answer.
    void start(std::string const& provider) {
        start_server({{"echo", "Echo: hello"}, {"add", "3"}});
        start_provider(
            provider,
            {says({step(text, "Let me ask."), counts(20, 10), calls("echo", {{"text", "hello"}}),
                   calls("add", {{"text", "1+2"}}), step(finish, "tool_calls")}),
             says({step(text, "It is 3."), counts(45, 7), step(finish, "stop")})});
        start_gateway();
    }
    static json question(std::string const& model, bool stream) {
        json body;
        body["model"] = model;
        body["stream"] = stream;
        body["messages"] = json::array(
            {{{"role", "system"}, {"content", "Be brief."}}, play::user_says("hello, and 1+2?")});
        body["tools"] = play::mcp_tools();
        body["temperature"] = 0.5;
        body["max_tokens"] = 100;
        if (stream) body["stream_options"]["include_usage"] = true;
        return body;
    }
    std::string body_of(std::string const& provider, int turn) const {
        return turn_detail(provider, turn)["body"].dump(2);
    }
};

constexpr char schema[] = R"({"type": "object", "properties": {"text": {"type": "string"}},
    "required": ["text"], "additionalProperties": false})";

// The two tools as each provider is told of them.
json openai_tools() {
    json all;
    for (std::string const tool : {"echo", "add"}) {
        json one;
        one["type"] = "function";
        one["function"]["name"] = "everything-" + tool;
        one["function"]["description"] = "The scripted tool " + tool + ".";
        one["function"]["parameters"] = json::parse(schema);
        one["function"]["strict"] = false;
        all.push_back(one);
    }
    return all;
}
json anthropic_tools() {
    json all;
    for (std::string const tool : {"echo", "add"}) {
        json one;
        one["name"] = "everything-" + tool;
        one["description"] = "The scripted tool " + tool + ".";
        one["input_schema"] = json::parse(schema);
        all.push_back(one);
    }
    return all;
}

TEST_F(GatewayBodies, OpenAiIsAskedInItsOwnWords) {
    start("openai");
    asked(chat(question("gpt-4o", true)));
    auto first = json::parse(R"({
        "model": "gpt-4o-2024-08-06", "stream": true, "stream_options": {"include_usage": true},
        "temperature": 0.5, "max_tokens": 100,
        "messages": [{"role": "system", "content": "Be brief."},
                     {"role": "user", "content": "hello, and 1+2?"}]})");
    first["tools"] = openai_tools();
    EXPECT_EQ(body_of("openai", 1), first.dump(2));

    auto second = first;
    for (auto const& message : json::parse(R"([
        {"role": "assistant", "content": "Let me ask.", "tool_calls": [
            {"id": "call_openai1_0", "type": "function",
             "function": {"name": "everything-echo", "arguments": "{\"text\":\"hello\"}"}},
            {"id": "call_openai1_1", "type": "function",
             "function": {"name": "everything-add", "arguments": "{\"text\":\"1+2\"}"}}]},
        {"role": "tool", "tool_call_id": "call_openai1_0", "content": "Echo: hello"},
        {"role": "tool", "tool_call_id": "call_openai1_1", "content": "3"}])"))
        second["messages"].push_back(message);
    EXPECT_EQ(body_of("openai", 2), second.dump(2));
    EXPECT_EQ(turn_detail("openai", 1)["target"], "/v1/chat/completions");
}

TEST_F(GatewayBodies, AnthropicIsAskedInItsOwnWords) {
    start("anthropic");
    asked(chat(question("claude-sonnet-4", true)));
    auto first = json::parse(R"({
        "model": "claude-sonnet-4-20250514", "stream": true, "temperature": 0.5,
        "max_tokens": 100, "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hello, and 1+2?"}]}]})");
    first["tools"] = anthropic_tools();
    EXPECT_EQ(body_of("anthropic", 1), first.dump(2));

    auto second = first;
    for (auto const& message : json::parse(R"([
        {"role": "assistant", "content": [
            {"type": "text", "text": "Let me ask."},
            {"type": "tool_use", "id": "toolu_anthropic1_0", "name": "everything-echo",
             "input": {"text": "hello"}},
            {"type": "tool_use", "id": "toolu_anthropic1_1", "name": "everything-add",
             "input": {"text": "1+2"}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_anthropic1_0", "content": "Echo: hello"},
            {"type": "tool_result", "tool_use_id": "toolu_anthropic1_1", "content": "3"}]}])"))
        second["messages"].push_back(message);
    EXPECT_EQ(body_of("anthropic", 2), second.dump(2));
    EXPECT_EQ(turn_detail("anthropic", 1)["target"], "/v1/messages");
}

// What a client is told of all the tools behind its answer.
json metadata() {
    auto all = json::parse(R"({
        "mcp_tool_calls": [
            {"id": "call_openai1_0", "type": "function",
             "function": {"name": "everything-echo", "arguments": "{\"text\":\"hello\"}"}},
            {"id": "call_openai1_1", "type": "function",
             "function": {"name": "everything-add", "arguments": "{\"text\":\"1+2\"}"}}],
        "mcp_call_results": [
            {"tool_call_id": "call_openai1_0", "name": "everything-echo", "result": "Echo: hello"},
            {"tool_call_id": "call_openai1_1", "name": "everything-add", "result": "3"}]})");
    all["mcp_list_tools"] = openai_tools();
    return all;
}

// Both turns together: 20 and 45 in, 10 and 7 out.
constexpr char usage_of_both[] = R"({"prompt_tokens": 65, "completion_tokens": 17,
    "total_tokens": 82, "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0}})";

TEST_F(GatewayBodies, AStreamIsOneCompletionWithMetadataAndUsageAtItsEnd) {
    start("openai");
    auto const answer = asked(chat(question("gpt-4o", true)));
    auto const chunks = answer.chunks();
    ASSERT_EQ(chunks.size(), 4u);
    auto const id = chunks[0]["id"].get<std::string>();
    EXPECT_TRUE(id.starts_with("chatcmpl-"));
    auto const chunk = [&](json const& delta, json const& reason) {
        json one;
        one["id"] = id;
        one["object"] = "chat.completion.chunk";
        one["created"] = 1767225600;
        one["model"] = "gpt-4o";
        one["choices"] = json::array(
            {{{"index", 0}, {"delta", delta}, {"logprobs", nullptr}, {"finish_reason", reason}}});
        one["usage"] = nullptr;
        return one.dump(2);
    };
    EXPECT_EQ(chunks[0].dump(2),
              chunk({{"role", "assistant"}, {"content", "Let me ask."}}, nullptr));
    EXPECT_EQ(chunks[1].dump(2), chunk({{"content", "It is 3."}}, nullptr));
    EXPECT_EQ(chunks[2].dump(2), chunk({{"provider_specific_fields", metadata()}}, "stop"));
    EXPECT_EQ(chunks[3]["choices"], json::array());
    EXPECT_EQ(chunks[3]["id"], id);
    EXPECT_EQ(chunks[3]["usage"], json::parse(usage_of_both));
    EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n"));
    EXPECT_EQ(answer.field("content-type"), "text/event-stream; charset=utf-8");
}

TEST_F(GatewayBodies, AStreamSaysNothingOfUsageUnlessItIsAsked) {
    start("openai");
    auto body = question("gpt-4o", true);
    body.erase("stream_options");
    auto const answer = asked(chat(body));
    EXPECT_EQ(answer.chunks().size(), 3u);
    EXPECT_EQ(answer.body.find("usage"), answer.body.npos);
}

TEST_F(GatewayBodies, AWholeAnswerIsTheSameInOnePiece) {
    start("openai");
    auto const answer = asked(chat(question("gpt-4o", false)));
    auto       expected = json::parse(R"({"object": "chat.completion", "created": 1767225600,
        "model": "gpt-4o", "choices": [{"index": 0, "logprobs": null, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Let me ask.It is 3.", "refusal": null}}]})");
    expected["choices"][0]["message"]["provider_specific_fields"] = metadata();
    expected["usage"] = json::parse(usage_of_both);
    expected["id"] = answer.json()["id"];
    EXPECT_EQ(answer.json().dump(2), expected.dump(2));
    EXPECT_EQ(answer.field("content-type"), "application/json");
}

// A provider takes its thoughts back only with their seals.
TEST_F(GatewayBodies, SealedThoughtsGoToTheClientAndComeBack) {
    auto const piece = [](std::string data) {
        return step(bytes, "data: " + std::move(data) + "\n\n");
    };
    start_provider(
        "anthropic",
        {says({piece(R"({"type":"message_start","message":{"id":"msg_1","usage":{}}})"),
               piece(R"({"type":"content_block_start","index":0,"content_block":)"
                     R"({"type":"thinking","thinking":"","signature":""}})"),
               piece(R"({"type":"content_block_delta","index":0,"delta":)"
                     R"({"type":"thinking_delta","thinking":"I should "}})"),
               piece(R"({"type":"content_block_delta","index":0,"delta":)"
                     R"({"type":"thinking_delta","thinking":"ask."}})"),
               piece(R"({"type":"content_block_delta","index":0,"delta":)"
                     R"({"type":"signature_delta","signature":"c2VhbGVk"}})"),
               piece(R"({"type":"content_block_stop","index":0})"),
               piece(R"({"type":"content_block_start","index":1,"content_block":)"
                     R"({"type":"redacted_thinking","data":"aGlkZGVu"}})"),
               piece(R"({"type":"content_block_stop","index":1})"),
               piece(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{}})"),
               piece(R"({"type":"message_stop"})")}),
         says({step(text, "Yes."), step(finish, "end_turn")})});
    start_gateway();
    json ask;
    ask["model"] = "claude-sonnet-4";
    ask["stream"] = true;
    ask["messages"] = json::array({play::user_says("Think.")});
    std::string said;
    auto        blocks = json::array();
    for (auto const& chunk : asked(chat(ask)).chunks()) {
        auto const& delta = chunk["choices"][0]["delta"];
        said += delta.value("reasoning_content", "");
        for (auto const& block : delta.value("thinking_blocks", json::array()))
            blocks.push_back(block);
    }
    auto const sealed = json::parse(R"([
        {"type": "thinking", "thinking": "I should ask.", "signature": "c2VhbGVk"},
        {"type": "redacted_thinking", "data": "aGlkZGVu"}])");
    EXPECT_EQ(said, "I should ask.");
    EXPECT_EQ(blocks.dump(2), sealed.dump(2));

    ask["messages"].push_back({{"role", "assistant"}, {"content", "Hm."}});
    ask["messages"].back()["thinking_blocks"] = blocks;
    ask["messages"].push_back(play::user_says("And?"));
    asked(chat(ask));
    auto told = sealed;
    told.push_back({{"type", "text"}, {"text", "Hm."}});
    EXPECT_EQ(turn_detail("anthropic", 2)["body"]["messages"][1]["content"].dump(2), told.dump(2));
}

TEST_F(GatewayBodies, AWholeAnswerHasItsSealedThoughts) {
    start_provider(
        "anthropic",
        {says({step(bytes,
                    R"({"type":"message","role":"assistant",)"
                    R"("content":[{"type":"thinking","thinking":"Hm.","signature":"c2VhbGVk"},)"
                    R"({"type":"text","text":"Yes."}],"stop_reason":"end_turn","usage":{}})")})});
    start_gateway();
    json ask;
    ask["model"] = "claude-sonnet-4";
    ask["messages"] = json::array({play::user_says("Think.")});
    auto const message = asked(chat(ask)).json()["choices"][0]["message"];
    EXPECT_EQ(message.value("reasoning_content", ""), "Hm.");
    EXPECT_EQ(message.value("thinking_blocks", json()).dump(),
              R"([{"signature":"c2VhbGVk","thinking":"Hm.","type":"thinking"}])");
}

}  // namespace
