#include "wire/conversation.hpp"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

TEST(Conversation, RepeatsTheAnswerBeforeItsResults) {
    wire::conversation talk;
    talk.messages = json::array({{{"role", "user"}, {"content", "hi"}}});
    wire::tool_call const call{"call_1", "add", R"({"a": 1})"};
    talk.add_answer("", {call});
    talk.add_result(call, "2");
    talk.add_answer("done", {});
    EXPECT_EQ(talk.messages, json::parse(R"([
        {"role":"user","content":"hi"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
            "function":{"name":"add","arguments":"{\"a\": 1}"}}]},
        {"role":"tool","tool_call_id":"call_1","content":"2"},
        {"role":"assistant","content":"done"}])"));
}

TEST(Conversation, CarriesThinkingThatMustComeBack) {
    json blocks;
    wire::add_thinking(blocks, {"let me ", ""});
    wire::add_thinking(blocks, {"see", ""});
    wire::add_thinking(blocks, {"", "sig1"});
    wire::add_thinking(blocks, {"more", ""});
    wire::add_thinking(blocks, {"", "sealed", 0, true});
    EXPECT_EQ(blocks, json::parse(R"([
        {"type":"thinking","thinking":"let me see","signature":"sig1"},
        {"type":"thinking","thinking":"more","signature":""},
        {"type":"redacted_thinking","data":"sealed"}])"));
    wire::conversation talk;
    talk.add_answer("x", {}, blocks);
    EXPECT_EQ(talk.messages[0]["thinking_blocks"], blocks);
    talk.add_answer("x", {}, json::array());
    EXPECT_FALSE(talk.messages[1].contains("thinking_blocks"));
}

}  // namespace
