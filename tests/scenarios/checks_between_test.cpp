#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;
using namespace std::chrono_literals;

// The checks of what passes between exchanges and between two words of one: no-buffering and
// no-cross-talk.

namespace {

constexpr char const* late = "came to the client only after the provider had gone on";
constexpr char const* held = "the provider waits until the client has this, and it is held back";

// A streamed question that has reached the provider.
tale asked() {
    tale t;
    t.ask();
    json body{{"stream", true}, {"messages", tale::messages("Who?")}};
    t.say("proxy", "openai", "turn", "1", 101, {{"body", body}});
    return t.head();
}

tale& hears(tale& t, std::string const& text, std::uint64_t exchange = 1,
            std::string const& client = "client") {
    return t.say("proxy", client, "text", runtime::quoted(text), exchange);
}

mock::provider_step step(mock::provider_verb verb, int line = 0) {
    mock::provider_step s;
    s.verb = verb;
    s.line = line;
    return s;
}

// The provider of asked() has this script; a wait in line 9 is for `to`.
void script(tale& t, std::vector<mock::provider_step> steps, std::string const& to = "client") {
    mock::provider_script p;
    p.name = "openai";
    p.turns.push_back({std::move(steps), 0});
    t.played.providers.push_back(std::move(p));
    scenario::mock_wait gate{"openai", 9, {}};
    gate.until.from = "proxy";
    gate.until.to = to;
    t.played.mock_waits.push_back(gate);
}

std::string buffering(tale const& t) { return t.objections("no-buffering"); }

// Two words with time between them, and the first comes too late.
tale late_word() {
    auto t = asked();
    t.at(10ms).said_text("a").at(20ms).said_text("b");
    hears(t, "a");
    return hears(t, "b");
}

}  // namespace

TEST(NoBufferingCheck, FindsNothingWhereEveryWordIsPassedOn) {
    auto t = asked();
    t.at(10ms).said_text("a");
    hears(t, "a").at(20ms).said_text("b").said_text("c");  // no time between these
    hears(t, "b");
    hears(t, "c").at(30ms).said("tool", "f {}").said("finish", "tool_calls");
    t.at(50ms).say("proxy", "client", "end", "stop");
    EXPECT_EQ(buffering(t), "");
}

TEST(NoBufferingCheck, SeesAWordThatComesAfterTheNext) {
    EXPECT_EQ(buffering(late_word()), late);
    // Half a word is not the word.
    auto t = asked();
    t.at(10ms).said_text("ab");
    hears(t, "a").at(20ms).said_text("c");
    EXPECT_EQ(buffering(hears(t, "bc")), late);
    // The next thing need be no text, nor of the same turn.
    t = asked();
    t.at(10ms).said_text("a").at(20ms).said("tool", "f {}");
    EXPECT_EQ(buffering(hears(t, "a")), late);
    t = asked();
    t.at(10ms).said_text("a").said("tool", "f {}").said("finish", "tool_calls");
    json body{{"stream", true}, {"messages", tale::messages("Who?")}};
    t.say("proxy", "openai", "turn", "2", 102, {{"body", body}}).at(90ms).said_text("b", 102);
    EXPECT_EQ(buffering(hears(t, "ab")), late);
}

TEST(NoBufferingCheck, SeesAWordThatNeverComes) {
    auto t = asked();
    t.at(10ms).said_text("a").at(30s).error();
    EXPECT_EQ(buffering(t), late);
    t = asked();
    t.at(10ms).said_text("a").at(20ms).say("client", "proxy", "close");
    EXPECT_EQ(buffering(t), late);
    t = asked();
    t.at(10ms).said_text("a").at(20ms).said("reset").say("proxy", "client", "cut");
    EXPECT_EQ(buffering(t), late);
    // It comes together with the end.
    t = asked();
    t.at(10ms).said_text("a").at(30s);
    EXPECT_EQ(buffering(hears(t, "a").error()), late);
    // What the provider had said was kept until it was too late even for a good status.
    t = asked();
    t.at(10ms).said_text("a").at(30s).head(1, 504).say("proxy", "client", "status", "504");
    EXPECT_EQ(buffering(t), late);
}

TEST(NoBufferingCheck, SeesAProviderThatWaitsInVain) {
    using enum mock::provider_verb;
    auto waiting = asked();
    waiting.at(10ms).said_text("a");
    auto t = waiting;
    script(t, {step(header), step(text), step(wait, 9), step(text)});
    EXPECT_EQ(buffering(t), held);
    auto passed = t;
    EXPECT_EQ(buffering(hears(passed, "a")), "");
    t.slack.late = 50ms;  // a gate has no time, and needs none
    EXPECT_EQ(buffering(t), held);
    t.at(30s);
    EXPECT_EQ(buffering(hears(t, "a").error()), held);
    // It waits for somebody else, or for nobody, or later.
    t = waiting;
    script(t, {step(text), step(wait, 9)}, "another");
    EXPECT_EQ(buffering(t), "");
    t = waiting;
    script(t, {step(text), step(stall), step(wait, 9)});
    EXPECT_EQ(buffering(t), "");
    t = waiting;
    EXPECT_EQ(buffering(t), "");
}

TEST(NoBufferingCheck, TellsOnceOfAnExchange) {
    auto t = late_word();
    t.at(30ms).said_text("c").at(40ms).said_text("d");
    hears(t, "cd");
    EXPECT_EQ(buffering(t), late);
}

TEST(NoBufferingCheck, AbstainsWhereItCannotKnow) {
    auto t = late_word();
    t.slack.late = 10ms;  // not longer than the tolerance
    EXPECT_EQ(buffering(t), "");

    for (auto const* fault : {"latency", "bandwidth", "delay", "stall", "drop", "slice"})
        for (auto const* peer : {"client", "openai", "archive"}) {
            t = late_word();
            scenario::arrow a;
            a.from = peer;
            a.to = "proxy";
            a.what.push_back({scenario::token::kind::word, fault, nullptr, {}});
            t.played.network.push_back(a);
            bool const innocent = fault == std::string("slice") || peer == std::string("archive");
            EXPECT_EQ(buffering(t), innocent ? late : "") << fault << " " << peer;
        }
    for (auto const verb : {scenario::client_verb::pause, scenario::client_verb::read,
                            scenario::client_verb::resume}) {
        t = late_word();
        scenario::client_script slow;
        slow.steps.emplace_back().verb = verb;
        t.played.clients.push_back(slow);
        EXPECT_EQ(buffering(t), verb == scenario::client_verb::resume ? late : "");
    }
    // Nobody streams: the client did not ask for it, or the provider was not asked for it.
    tale whole;
    whole.ask("Who?", 1, false).turn().head();
    whole.at(10ms).said_text("a").at(20ms).said_text("b");
    EXPECT_EQ(buffering(hears(whole, "ab")), "");
    whole = tale();
    whole.ask().turn().head().at(10ms).said_text("a").at(20ms).said_text("b");
    EXPECT_EQ(buffering(hears(whole, "ab")), "");
    // Bytes that nobody can count; text that is another check's business.
    t = late_word();
    EXPECT_EQ(buffering(t.said("bytes", "5")), "");
    t = asked();
    t.at(10ms).said_text("a").at(20ms).said_text("b");
    hears(t, "b").done();
    EXPECT_EQ(buffering(t), "");
}

namespace {

constexpr char const* first = "Where is the sea?";
constexpr char const* second = "What is a mountain?";

tale& question(tale& t, std::string const& who, std::string const& text, std::uint64_t exchange,
               json messages = nullptr) {
    if (messages.is_null()) messages = tale::messages(text);
    json detail{{"path", "/v1/chat/completions"}, {"stream", true}};
    detail["body"]["messages"] = std::move(messages);
    t.say(who, "proxy", "ask", runtime::quoted(text), exchange, detail);
    return t.say("proxy", who, "head", "", exchange, {{"status", 200}}, true);
}

// Two clients, two questions, two turns: exchanges 1 and 2, turns 101 and 102.
tale two() {
    tale t;
    question(t, "anna", first, 1);
    question(t, "bert", second, 2);
    t.turn(1, first, 101).turn(2, second, 102);
    t.said_text("The sea is deep.", 101).said_text("It is high.", 102);
    return t;
}

std::string talk(tale const& t) { return t.objections("no-cross-talk"); }

tale& called(tale& t, std::string const& id, std::string const& arguments, std::uint64_t exchange) {
    return t.said("tool", "echo " + arguments, exchange, {{"id", id}});
}

tale& ran(tale& t, std::string const& arguments, std::string const& result,
          std::uint64_t exchange) {
    t.say("proxy", "archive", "call", "echo " + arguments, exchange,
          {{"arguments", json::parse(arguments)}});
    return t.say("archive", "proxy", "result", runtime::quoted(result), exchange);
}

json with_result(char const* asked, std::string const& call, std::string const& result) {
    auto messages = tale::messages(asked);
    messages.push_back({{"role", "tool"}, {"tool_call_id", call}, {"content", result}});
    return messages;
}

// Both have called the tool, and it has answered both.
tale two_calls() {
    auto t = two();
    called(t, "c1", R"({"a":1})", 101);
    called(t, "c2", R"({"a":2})", 102);
    ran(t, R"({"a":1})", "blue water", 201);
    return ran(t, R"({"a":2})", "grey stone", 202);
}

}  // namespace

TEST(NoCrossTalkCheck, FindsNothingWhereAllGetTheirOwn) {
    auto t = two_calls();
    t.turn_with(3, with_result(first, "c1", "blue water"), 103);
    t.turn_with(4, with_result(second, "c2", "grey stone"), 104);
    hears(t, "The sea", 1, "anna");
    hears(t, "It is high.", 2, "bert");
    hears(t, " is deep.", 1, "anna");
    EXPECT_EQ(talk(t), "");
}

TEST(NoCrossTalkCheck, SeesTheTextOfAnotherAnswer) {
    constexpr char const* problem = "this was said in the answer to another question";
    auto                  t = two();
    EXPECT_EQ(talk(hears(t, "It is high.", 1, "anna")), problem);
    t = two();
    hears(t, "The sea is deep.It ", 1, "anna");
    EXPECT_EQ(talk(hears(t, "is high.", 1, "anna")), problem);
    // Words that both say, or too few of them, tell nothing.
    t = two();
    t.said_text("It is high.", 101);
    EXPECT_EQ(talk(hears(t, "It is high.", 1, "anna")), "");
    t = two();
    t.said_text("Oh", 102);
    EXPECT_EQ(talk(hears(t, "Oh", 1, "anna")), "");
    // Somebody's bytes cannot be read.
    t = two();
    t.said("bytes", "11", 101);
    EXPECT_EQ(talk(hears(t, "It is high.", 1, "anna")), "");
}

TEST(NoCrossTalkCheck, SeesTheQuestionOfAnotherClient) {
    auto mixed = tale::messages(second);
    mixed.push_back(tale::messages(first)[0]);
    auto t = two();
    EXPECT_EQ(talk(t.turn_with(3, mixed, 103)),
              "this request holds the question of another client");
    // The client knew of it itself, or a tool did.
    tale own;
    question(own, "anna", second, 1);
    question(own, "bert", first, 2, mixed);
    EXPECT_EQ(talk(own.turn_with(1, mixed, 101)), "");
    t = two();
    ran(t, "{}", std::string("I read: ") + second, 201);
    EXPECT_EQ(talk(t.turn_with(3, mixed, 103)), "");
}

TEST(NoCrossTalkCheck, SeesAResultInAnotherConversation) {
    auto t = two_calls();
    EXPECT_EQ(talk(t.turn_with(3, with_result(first, "c2", "grey stone"), 103)),
              "the result of c2 is handed to the model for another question");
    // Anthropic's blocks say the same.
    auto blocks = tale::messages(first);
    blocks.push_back(
        {{"role", "user"}, {"content", {{{"type", "tool_result"}, {"tool_use_id", "c2"}}}}});
    t = two_calls();
    EXPECT_EQ(talk(t.turn_with(3, blocks, 103)),
              "the result of c2 is handed to the model for another question");
    // A client that ran the function itself brings it in a new question.
    t = two();
    called(t, "c1", "{}", 101);
    auto const brought = with_result("And this?", "c1", "mine");
    question(t, "anna", "And this?", 3, brought);
    EXPECT_EQ(talk(t.turn_with(3, brought, 103)), "");
}

TEST(NoCrossTalkCheck, SeesAResultOfAnotherCall) {
    constexpr char const* problem = "c1 is answered with the result of another call";
    auto                  t = two_calls();
    EXPECT_EQ(talk(t.turn_with(3, with_result(first, "c1", "grey stone"), 103)), problem);
    // Also inside of one exchange.
    tale one;
    question(one, "anna", first, 1).turn(1, first, 101);
    called(one, "c1", R"({"a":1})", 101);
    called(one, "c2", R"({"a":2})", 101);
    ran(one, R"({"a":1})", "blue water", 201);
    ran(one, R"({"a":2})", "grey stone", 202);
    auto whole = one;
    EXPECT_EQ(talk(one.turn_with(2, with_result(first, "c1", "grey stone"), 102)), problem);
    EXPECT_EQ(talk(whole.turn_with(2, with_result(first, "c1", "blue water"), 102)), "");
    // A result that a script wrote as JSON is read as well.
    t = two_calls();
    t.say("proxy", "archive", "call", "echo {\"a\":3}", 203, {{"arguments", {{"a", 3}}}});
    t.say("archive", "proxy", "result", R"({"content":[{"type":"text","text":"red fire"}]})", 203);
    EXPECT_EQ(talk(t.turn_with(3, with_result(first, "c1", "red fire"), 103)), problem);
    // A call that nobody has answered may be told of in any words.
    t = two();
    called(t, "c1", R"({"a":1})", 101);
    ran(t, R"({"a":2})", "grey stone", 202);
    EXPECT_EQ(talk(t.turn_with(3, with_result(first, "c1", "no grey stone"), 103)), "");
}

TEST(NoCrossTalkCheck, SeesTheIdsOfAnotherAnswer) {
    auto const frame = [](tale& t, std::string const& who, std::uint64_t exchange,
                          json const& said) -> tale& {
        return t.say("proxy", who, "frame", said.dump(), exchange, {{"type", "message"}}, true);
    };
    auto t = two();
    frame(t, "anna", 1, {{"id", "chatcmpl-1"}});
    frame(t, "anna", 1, {{"id", "chatcmpl-1"}});
    EXPECT_EQ(talk(frame(t, "bert", 2, {{"id", "chatcmpl-2"}})), "");
    EXPECT_EQ(talk(frame(t, "bert", 2, {{"id", "chatcmpl-1"}})),
              "the id chatcmpl-1 is another answer's");
    for (auto const* whole : {"response", "message"}) {
        t = two();
        frame(t, "anna", 1, {{whole, {{"id", "x1"}}}});
        EXPECT_EQ(talk(frame(t, "bert", 2, {{whole, {{"id", "x1"}}}})),
                  "the id x1 is another answer's");
    }
    // A recording that is played twice has its ids twice.
    t = two();
    t.said("recording", "a.sse", 102);
    frame(t, "anna", 1, {{"id", "chatcmpl-1"}});
    EXPECT_EQ(talk(frame(t, "bert", 2, {{"id", "chatcmpl-1"}})), "");
    // A call that another question has led to.
    t = two_calls();
    json const told{{"choices", {{{"delta", {{"mcp_call_results", {{{"tool_call_id", "c2"}}}}}}}}}};
    EXPECT_EQ(talk(frame(t, "bert", 2, told)), "");
    EXPECT_EQ(talk(frame(t, "anna", 1, told)), "the call c2 was made for another question");
}

TEST(NoCrossTalkCheck, SeesTheCanarysWordsAndOursInTheCanary) {
    auto const beside = [](std::string const& heard) {
        tale t;
        question(t, "canary", "Keep the beat.", 1).turn(1, "Keep the beat.", 101);
        t.said_text("canary 0.1 ", 101).said_text("The sea is deep.", 101);
        hears(t, heard, 1, "canary");
        return t.say("proxy", "canary", "frame", R"({"id":"chatcmpl-c"})", 1, nullptr, true).events;
    };
    tale one;
    question(one, "anna", first, 1);
    one.turn(1, first, 101).said_text("The sea is deep.", 101).said_text("Bye, then.", 101);
    one.beside = beside("canary 0.1 ");
    auto t = one;
    EXPECT_EQ(talk(hears(t, "The sea is deep.", 1, "anna")), "");
    t = one;
    EXPECT_EQ(talk(hears(t, "canary 0.1 ", 1, "anna")),
              "this was said in the answer to another question");
    t = one;
    t.beside = beside("Bye, then.");
    EXPECT_EQ(talk(t), "the canary was given this, which was not said to it");
    t.beside = beside("The sea is deep.");  // both have said it
    EXPECT_EQ(talk(t), "");
    t = one;
    EXPECT_EQ(talk(t.turn(2, "Keep the beat.", 102)),
              "this request holds the question of another client");
    t = one;
    t.say("proxy", "anna", "frame", R"({"id":"chatcmpl-c"})", 1, nullptr, true);
    EXPECT_EQ(talk(t), "the id chatcmpl-c is another answer's");
}
