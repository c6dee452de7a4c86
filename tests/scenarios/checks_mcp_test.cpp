#include "tests/scenarios/tale.hpp"

// mcp-answers.

namespace {

using namespace std::chrono_literals;
using json = nlohmann::json;

std::string answers(tale const& t) { return t.objections("mcp-answers"); }

tale called() {
    tale t;
    t.at(0ms).say("client", "proxy", "call", "read {}", 1,
                  {{"id", 0}, {"arguments", json::object()}});
    t.say("proxy", "files", "call", "read {}", 101, {{"id", 5}, {"arguments", json::object()}});
    t.at(5ms).say("files", "proxy", "progress", "1/2", 101);
    return t;
}

tale& told(tale& t, bool ours = true) {
    return t.say("proxy", "client", "result", "\"x\"", 1, {{"ours", ours}});
}

}  // namespace

TEST(McpAnswers, AGoodCallIsGood) {
    auto t = called();
    t.say("proxy", "client", "progress", "1/2");
    t.at(10ms).say("files", "proxy", "result", "\"x\"", 101);
    EXPECT_EQ(answers(told(t)), "");
}

TEST(McpAnswers, TwoAnswers) {
    auto t = called();
    t.say("proxy", "client", "progress", "1/2");
    told(t);
    EXPECT_EQ(answers(told(t)), "this request was answered before");
}

TEST(McpAnswers, AnothersAnswer) {
    auto t = called();
    EXPECT_EQ(answers(told(t, false)), "this answers another request");
}

TEST(McpAnswers, NoAnswer) {
    auto t = called();
    t.say("proxy", "client", "end");
    EXPECT_EQ(answers(t), "the stream ends without an answer");
}

TEST(McpAnswers, LostProgress) {
    auto t = called();
    t.at(10ms).say("files", "proxy", "result", "\"x\"", 101);
    EXPECT_EQ(answers(told(t)), "progress was lost or invented");
}

TEST(McpAnswers, InventedProgress) {
    auto t = called();
    t.say("proxy", "client", "progress", "1/2").say("proxy", "client", "progress", "1/2");
    t.at(10ms).say("files", "proxy", "result", "\"x\"", 101);
    EXPECT_EQ(answers(told(t)), "progress was lost or invented");
}

TEST(McpAnswers, AnErrorForAResult) {
    auto t = called();
    t.say("proxy", "client", "progress", "1/2");
    t.at(10ms).say("files", "proxy", "result", "\"x\"", 101);
    t.say("proxy", "client", "error", "-32603 \"boom\"", 1, {{"ours", true}});
    EXPECT_EQ(answers(t), "the server has answered otherwise");
}

TEST(McpAnswers, OtherWordsThanTheServers) {
    auto t = called();
    t.say("proxy", "client", "progress", "1/2");
    t.at(10ms).say("files", "proxy", "result", "\"y\"", 101);
    EXPECT_EQ(answers(told(t)), "the server has answered otherwise");
}

TEST(McpAnswers, ProgressBehindTheAnswer) {
    auto t = called();
    told(t);
    t.say("proxy", "client", "progress", "1/2");
    EXPECT_EQ(answers(t), "progress behind the answer");
}

TEST(McpAnswers, ACancelThatTheServerDoesNotHear) {
    auto t = called();
    t.say("client", "proxy", "cancel", "read");
    EXPECT_EQ(answers(t), "the server is not told that its call is cancelled");
    t.say("proxy", "files", "cancel", "read by notification", 101);
    EXPECT_EQ(answers(t), "");
    t.at(20ms);
    EXPECT_EQ(answers(told(t)), "a cancelled request is answered");
}
