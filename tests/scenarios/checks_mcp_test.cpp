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

namespace {

// A request of 2026-07-28 and what comes for it.
std::string modern(std::string const& verb, json message, std::string const& status = {}) {
    tale t;
    t.at(0ms).say("client", "proxy", verb == "notify" ? "listen" : "list", "tools", 1,
                  {{"id", 7},
                   {"era", "modern"},
                   {"method", verb == "notify" ? "subscriptions/listen" : "tools/list"}});
    if (!status.empty()) t.say("proxy", "client", "status", status);
    json detail{{"message", std::move(message)}};
    if (verb != "notify" && verb != "ask") detail["ours"] = true;
    t.say("proxy", "client", verb, "x", 1, detail);
    return answers(t);
}

}  // namespace

TEST(McpAnswers, ResultsSinceTheModernEraHaveATypeAndErrorsAStatus) {
    EXPECT_EQ(modern("tools", {{"result", {{"resultType", "complete"}}}}), "");
    EXPECT_EQ(modern("tools", {{"result", json::object()}}), "a result without its resultType");
    EXPECT_EQ(modern("error", {{"error", {{"code", -32601}}}}, "404"), "");
    EXPECT_EQ(modern("error", {{"error", {{"code", -32601}}}}),
              "an error with the wrong HTTP status");
    EXPECT_EQ(modern("error", {{"error", {{"code", -32020}}}}, "404"),
              "an error with the wrong HTTP status");
    EXPECT_EQ(modern("session", nullptr), "a session, in an era that has none");
    EXPECT_EQ(modern("ask", {{"method", "ping"}}), "a server of this era asks nobody");
}

TEST(McpAnswers, ASubscriptionIsMarkedAndBeginsWithWhatItTells) {
    auto const note = [](char const* method, json mark) {
        json message{{"method", method}};
        message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] = std::move(mark);
        return message;
    };
    auto const* first = "notifications/subscriptions/acknowledged";
    EXPECT_EQ(modern("notify", note(first, 7)), "");
    EXPECT_EQ(modern("notify", note(first, "7")), "this belongs to another subscription");
    EXPECT_EQ(modern("notify", note("notifications/tools/list_changed", 7)),
              "a subscription does not begin with what it tells");
}

TEST(McpAnswers, SinceTheModernEraToLeaveIsToCancel) {
    tale t;
    t.at(0ms).say("client", "proxy", "call", "read {}", 1,
                  {{"id", 0}, {"era", "modern"}, {"arguments", json::object()}});
    t.say("proxy", "files", "call", "read {}", 101, {{"id", 0}, {"arguments", json::object()}});
    t.at(5ms).say("client", "proxy", "close", "", 1);
    EXPECT_EQ(answers(t), "the server is not told that its call is cancelled");
    t.say("proxy", "files", "cancel", "read by close", 101);
    EXPECT_EQ(answers(t), "");
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
