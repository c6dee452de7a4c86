#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;
using namespace std::chrono_literals;

// The checks of what happens between the parties: text, side-effects, time, cancel, leftovers.

namespace {

json const role{{"role", "assistant"}};

tale asked() {
    tale t;
    t.ask().turn().head().chunk(role);
    return t;
}

mock::provider_step step(mock::provider_verb verb) {
    mock::provider_step s;
    s.verb = verb;
    return s;
}

scenario::scenario with_turns(std::vector<mock::turn> turns) {
    scenario::scenario    s;
    mock::provider_script openai;
    openai.name = "openai";
    openai.turns = std::move(turns);
    s.providers.push_back(std::move(openai));
    return s;
}

}  // namespace

TEST(TextCheck, ComparesWithAllThatWasSaid) {
    EXPECT_EQ(asked().said_text("ab").text("a").text("b").done().objections("text"), "");
    EXPECT_EQ(asked().said_text("ab").text("a").done().objections("text"),
              "the client misses text that the provider said");
    EXPECT_EQ(asked().said_text("ab").text("ba").done().objections("text"),
              "the client has other text than the provider said");
    EXPECT_EQ(asked().said_text("ab").text("ab").text("ab").done().objections("text"),
              "the client has other text than the provider said");
    EXPECT_EQ(asked()
                  .said_text("a")
                  .turn(2, "Who?", 102)
                  .said_text("b", 102)
                  .text("ab")
                  .done()
                  .objections("text"),
              "");
    EXPECT_EQ(asked()
                  .said_text("a")
                  .turn(2, "Who?", 102)
                  .said_text("b", 102)
                  .text("b")
                  .done()
                  .objections("text"),
              "the client has other text than the provider said");
}

TEST(TextCheck, LetsABrokenAnswerBeShorterButNotOther) {
    EXPECT_EQ(asked().said_text("ab").text("a").error().objections("text"), "");
    EXPECT_EQ(asked().said_text("ab").text("a").say("proxy", "client", "cut").objections("text"),
              "");
    EXPECT_EQ(asked().said_text("ab").text("a").say("client", "proxy", "close").objections("text"),
              "");
    EXPECT_EQ(asked().said_text("ab").text("x").error().objections("text"),
              "the client has other text than the provider said");
}

TEST(TextCheck, LetsAnUnstreamedAnswerHoldTheLastTurnOnly) {
    auto const of = [](std::string const& text) {
        tale t;
        t.ask("Who?", 1, false).turn().said_text("a").turn(2, "Who?", 102).said_text("b", 102);
        t.say("proxy", "client", "text", runtime::quoted(text))
            .say("proxy", "client", "end", "stop");
        return t.objections("text");
    };
    EXPECT_EQ(of("ab"), "");
    EXPECT_EQ(of("b"), "");
    EXPECT_EQ(of("a"), "the client misses text that the provider said");
}

TEST(TextCheck, KeepsTwoClientsApart) {
    auto const of = [](std::string const& first, std::string const& second) {
        tale t;
        t.ask("question 1", 1).ask("question 10", 2);
        t.turn(1, "question 10", 102).said_text("ten", 102);
        t.turn(2, "question 1", 101).said_text("one", 101);
        t.head(1).head(2).chunk(role, nullptr, 1).chunk(role, nullptr, 2);
        t.text(first, 1).text(second, 2).done("stop", 1).done("stop", 2);
        return t.objections("text");
    };
    EXPECT_EQ(of("one", "ten"), "");
    EXPECT_EQ(of("ten", "one"),
              "the client has other text than the provider said; "
              "the client has other text than the provider said");
}

TEST(TextCheck, AbstainsWhereItCannotKnow) {
    // Two who ask the same at the same time.
    tale t;
    t.ask("Who?", 1).ask("Who?", 2).turn().said_text("a").head(1).head(2);
    EXPECT_EQ(t.text("x", 1).done("stop", 1).done("stop", 2).objections("text"), "");
    // Bytes of which nobody tells the text.
    EXPECT_EQ(asked().said("bytes", "20").text("a").done().objections("text"), "");
    EXPECT_EQ(asked().said("bytes", "20", 101, {{"text", "a"}}).text("a").done().objections("text"),
              "");
    EXPECT_EQ(asked()
                  .said("recording", "r.sse", 101, {{"text", "b"}})
                  .text("a")
                  .done()
                  .objections("text"),
              "the client has other text than the provider said");
    // The second of two equal questions, one after the other, has its own turn.
    t = asked();
    t.said_text("a").text("a").done().body_end();
    t.ask("Who?", 2).turn(2, "Who?", 102).said_text("b", 102).head(2).text("b", 2).done("stop", 2);
    EXPECT_EQ(t.objections("text"), "");
}

TEST(SideEffectsCheck, CountsTurns) {
    auto t = asked();
    t.played = with_turns({{}, {}});
    EXPECT_EQ(t.turn(2, "Who?", 102).objections("side-effects"), "");
    EXPECT_EQ(t.turn(3, "Who?", 103).objections("side-effects"), "this turn is in no script");
}

TEST(SideEffectsCheck, WantsNoTurnAfterAnError) {
    EXPECT_EQ(asked().error().turn(2, "Who?", 102).objections("side-effects"),
              "the provider is asked again after the client was told of an error");
    // Another exchange may ask.
    auto t = asked();
    t.error().body_end().ask("And now?", 2).turn(2, "And now?", 102);
    EXPECT_EQ(t.objections("side-effects"), "");
}

TEST(SideEffectsCheck, WantsNoCallForOneWhoLeft) {
    auto const of = [](runtime::duration called) {
        auto t = asked();
        t.at(5ms)
            .say("client", "proxy", "close")
            .at(called)
            .say("proxy", "archive", "call", "f {}", 201);
        return t.objections("side-effects");
    };
    EXPECT_EQ(of(6ms), "a tool is called after the client has left");
    EXPECT_EQ(of(5ms), "");  // it was on its way
    // Another client is still there.
    auto t = asked();
    t.ask("And me?", 2).at(5ms).say("client", "proxy", "close", "", 1);
    EXPECT_EQ(t.at(9ms).say("proxy", "archive", "call", "f {}", 201).objections("side-effects"),
              "");
}

TEST(SideEffectsCheck, WantsEachResultOnce) {
    auto t = asked();
    t.say("proxy", "archive", "call", "f {}", 201).say("archive", "proxy", "result", "\"a\"", 201);
    EXPECT_EQ(t.objections("side-effects"), "");
    EXPECT_EQ(t.say("archive", "proxy", "tool-error", "\"a\"", 201).objections("side-effects"),
              "this call was answered before");

    json const result{{"role", "tool"}, {"tool_call_id", "c"}, {"content", "a"}};
    auto const handed = [&](json messages) {
        return asked().turn_with(2, std::move(messages), 102).objections("side-effects");
    };
    EXPECT_EQ(handed(json::array({result})), "");
    EXPECT_EQ(handed({result, result}), "the result of c is handed over 2 times");
    json const block{{"type", "tool_result"}, {"tool_use_id", "c"}};
    EXPECT_EQ(handed({{{"role", "user"}, {"content", {block, block}}}}),
              "the result of c is handed over 2 times");
}

TEST(SideEffectsCheck, WantsNoIdTwice) {
    json const call{{"id", "c"}};
    EXPECT_EQ(asked()
                  .turn_with(2, {{{"role", "assistant"}, {"tool_calls", {call, call}}}}, 102)
                  .objections("side-effects"),
              "the call c stands twice in one message");
    json const use{{"type", "tool_use"}, {"id", "c"}};
    EXPECT_EQ(asked()
                  .turn_with(2, {{{"role", "assistant"}, {"content", {use, use}}}}, 102)
                  .objections("side-effects"),
              "the call c stands twice in one message");

    auto const calls = [](json first, json second) {
        return asked()
            .say("proxy", "archive", "call", "f {}", 201, std::move(first))
            .say("proxy", "archive", "call", "f {}", 202, std::move(second))
            .objections("side-effects");
    };
    EXPECT_EQ(calls({{"id", 1}, {"session", "s"}}, {{"id", 1}, {"session", "s"}}),
              "this request id was used before");
    EXPECT_EQ(calls({{"id", 1}, {"session", "s"}}, {{"id", 1}, {"session", "t"}}), "");
    EXPECT_EQ(calls({{"id", 1}}, {{"id", 1}}), "");
}

TEST(TimeCheck, WantsTextAtOnce) {
    auto const of = [](runtime::duration late) {
        auto t = asked();
        t.at(10ms).said_text("ab").text("a").at(10ms + late).text("b");
        return t;
    };
    EXPECT_EQ(of(0ms).objections("time"), "");
    EXPECT_EQ(of(1ms).objections("time"), "this text was held back");
    auto t = of(1ms);
    t.slack.late = 1ms;
    EXPECT_EQ(t.objections("time"), "");
    t = of(1ms);
    t.played.network.emplace_back();
    EXPECT_EQ(t.objections("time"), "");
    for (auto const verb : {scenario::client_verb::pause, scenario::client_verb::read}) {
        t = of(1ms);
        t.played.clients.emplace_back().steps.emplace_back().verb = verb;
        EXPECT_EQ(t.objections("time"), "");
    }
    // What never came is not late.
    t = asked();
    EXPECT_EQ(t.at(10ms).said_text("ab").at(20ms).error().objections("time"), "");
}

TEST(CancelCheck, WantsTheProviderLetGoOf) {
    auto t = asked();
    t.said_text("a").at(5ms).say("client", "proxy", "close");
    EXPECT_EQ(t.objections("cancel"), "the provider is not let go of");
    auto late = t;
    EXPECT_EQ(late.at(6ms).say("proxy", "openai", "close", "", 101).objections("cancel"),
              "the provider is let go of too late");
    late.slack.late = 1ms;
    EXPECT_EQ(late.objections("cancel"), "");
    auto faulty = t;
    faulty.played.network.emplace_back();
    EXPECT_EQ(faulty.objections("cancel"), "");
    auto again = t;
    again.say("proxy", "openai", "close", "", 101).at(7ms).turn(2, "Who?", 102);
    EXPECT_EQ(again.objections("cancel"), "the provider is asked after the client has left");
    EXPECT_EQ(t.say("proxy", "openai", "close", "", 101).objections("cancel"), "");
}

TEST(CancelCheck, LeavesACompleteTurnAlone) {
    for (auto const* last : {"finish", "end", "close", "reset", "status", "failure"}) {
        auto t = asked();
        t.said(last).at(5ms).say("client", "proxy", "abort");
        EXPECT_EQ(t.objections("cancel"), "") << last;
    }
    // Nothing is left in the script: the provider closes by itself.
    auto t = asked();
    t.played = with_turns({{{step(mock::provider_verb::text)}, 1}});
    t.said_text("a").at(5ms).say("client", "proxy", "close");
    EXPECT_EQ(t.objections("cancel"), "");
    t.played =
        with_turns({{{step(mock::provider_verb::text), step(mock::provider_verb::stall)}, 1}});
    EXPECT_EQ(t.objections("cancel"), "the provider is not let go of");
    // The answer was over before.
    t = good_answer();
    EXPECT_EQ(t.say("client", "proxy", "close").objections("cancel"), "");
}

TEST(CancelCheck, WantsRunningToolsLetGoOf) {
    auto t = asked();
    t.said("finish", "tool_calls").say("proxy", "archive", "call", "search {}", 201);
    auto const running = t;
    t.at(5ms).say("client", "proxy", "close");
    EXPECT_EQ(t.objections("cancel"), "the tool is not let go of");
    for (auto const* words : {"search by notification", "search by close"}) {
        auto gone = t;
        EXPECT_EQ(gone.say("proxy", "archive", "cancel", words, 0).objections("cancel"), "");
    }
    auto other = t;
    EXPECT_EQ(other.say("proxy", "archive", "cancel", "find by close", 0).objections("cancel"),
              "the tool is not let go of");
    auto closed = t;
    EXPECT_EQ(closed.say("proxy", "archive", "close", "", 0).objections("cancel"), "");
    auto late = t;
    EXPECT_EQ(late.at(6ms).say("proxy", "archive", "cancel", "search", 201).objections("cancel"),
              "the tool is let go of too late");
    for (auto const* end : {"result", "tool-error", "error", "exit", "close", "status"}) {
        auto done = running;
        done.say("archive", "proxy", end, "", 201).at(5ms).say("client", "proxy", "close");
        EXPECT_EQ(done.objections("cancel"), "") << end;
    }
}

TEST(LeftoversCheck, NamesEachThing) {
    auto t = good_answer();
    t.left_over = {"1 connection proxy -> openai", "2 alarms"};
    t.loop_trouble = {"nested run"};
    EXPECT_EQ(t.objections("leftovers"),
              "left over: 1 connection proxy -> openai; left over: 2 alarms; "
              "trouble on the loop: nested run");
}
