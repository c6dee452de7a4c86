#include <gtest/gtest.h>

#include "scenarios/canary.hpp"
#include "scenarios/twin.hpp"
#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;
using namespace std::chrono_literals;

// The checks that look beside the scenario: fairness, recovery and equivalence.

namespace {

json const role{{"role", "assistant"}};

// What a tale of an ordinary client would be if somebody else had asked.
std::vector<runtime::event> told_of(tale t, std::string const& client) {
    for (auto& e : t.events) {
        if (e.from == "client") e.from = client;
        if (e.to == "client") e.to = client;
    }
    return t.events;
}

tale asked() {
    tale t;
    t.ask("Keep the beat.").turn(1, "Keep the beat.").head().chunk(role);
    return t;
}

tale singing(runtime::duration said_at, runtime::duration heard_at) {
    auto t = asked();
    t.at(said_at).said_text("one ").at(heard_at).text("one ");
    return t;
}

std::string fairness(tale song) {
    tale story;
    story.beside = told_of(std::move(song), "canary");
    return story.objections("fairness");
}

std::string recovery(tale answer) {
    tale story;
    story.beside = told_of(std::move(answer), scenario::canary::next);
    return story.objections("recovery");
}

std::string equivalence(tale streamed, tale const& unstreamed) {
    streamed.twin = unstreamed.events;
    return streamed.objections("equivalence");
}

tale question(bool streamed) {
    tale t;
    t.ask("Who?", 1, streamed).turn();
    return t;
}

tale answered(bool streamed, std::string const& text, std::string const& finish = "stop") {
    auto t = question(streamed);
    t.say("proxy", "client", "text", runtime::quoted(text));
    return t.say("proxy", "client", "end", finish);
}

}  // namespace

TEST(FairnessCheck, AStreamBesideKeepsItsBeat) {
    EXPECT_EQ(fairness(singing(20ms, 20ms).done()), "");
    EXPECT_EQ(fairness(singing(20ms, 21ms).done()), "a stream beside this one lost its beat");
    EXPECT_EQ(fairness(singing(20ms, 20ms)), "") << "it may fall silent at any time";
}

TEST(FairnessCheck, ARequestBesideIsServedAtOnce) {
    tale t;
    t.ask("Keep the beat.").at(10ms).turn(1, "Keep the beat.").head().chunk(role);
    EXPECT_EQ(fairness(t), "a request beside this one had to wait");
}

TEST(FairnessCheck, AStreamBesideIsNeitherRefusedNorBroken) {
    EXPECT_EQ(fairness(singing(20ms, 20ms).error()),
              "a stream beside this one was refused or broken");
    tale refused;
    refused.ask("Keep the beat.").head(1, 503).say("proxy", "client", "status", "503");
    EXPECT_EQ(fairness(std::move(refused)), "a stream beside this one was refused or broken");
}

TEST(FairnessCheck, HasSlackInRealTime) {
    tale story;
    story.slack.late = 50ms;
    story.beside = told_of(singing(20ms, 60ms).done(), "canary");
    EXPECT_EQ(story.objections("fairness"), "");
}

TEST(FairnessCheck, LeavesTheNextRequestToRecovery) {
    tale story;
    story.beside = told_of(asked().error(), scenario::canary::next);
    EXPECT_EQ(story.objections("fairness"), "");
}

TEST(RecoveryCheck, TheNextRequestIsAnswered) {
    EXPECT_EQ(recovery(singing(20ms, 20ms).done()), "");
    EXPECT_EQ(recovery(asked()), "the next request is not answered");
    EXPECT_EQ(recovery(singing(20ms, 20ms).error()), "the next request is not answered well");
    EXPECT_EQ(recovery(asked().done()), "the next request is not answered")
        << "an end without any text is no answer";
}

TEST(RecoveryCheck, AbstainsWhenNobodyAsked) {
    EXPECT_EQ(tale().objections("recovery"), "");
    tale story;
    story.beside = told_of(singing(20ms, 20ms), "canary");
    EXPECT_EQ(story.objections("recovery"), "");
}

TEST(EquivalenceCheck, ComparesTextAndEnding) {
    EXPECT_EQ(equivalence(answered(true, "a"), answered(false, "a")), "");
    EXPECT_EQ(equivalence(answered(true, "a"), answered(false, "b")),
              "the text depends on whether it is streamed");
    EXPECT_EQ(equivalence(answered(true, "before after"), answered(false, "after")), "")
        << "a whole answer may hold the last turn alone";
    EXPECT_EQ(equivalence(answered(true, "after"), answered(false, "before after")),
              "the text depends on whether it is streamed");
    EXPECT_EQ(equivalence(answered(true, "a", "stop"), answered(false, "a", "length")),
              "the finish_reason depends on whether it is streamed");
    EXPECT_EQ(equivalence(answered(true, "a"), question(false).error()),
              "the same request fails when it is unstreamed, and only then");
    EXPECT_EQ(equivalence(question(true).error(), answered(false, "a")),
              "the same request fails when it is streamed, and only then");
    EXPECT_EQ(equivalence(question(true).error(), question(false).error()), "");
}

TEST(EquivalenceCheck, ComparesCallsAndTurns) {
    auto const with_tool = [](bool streamed, std::string const& words) {
        auto t = answered(streamed, "a");
        t.say("proxy", "client", "tool", words);
        return t;
    };
    EXPECT_EQ(equivalence(with_tool(true, "f {}"), with_tool(false, "f {}")), "");
    EXPECT_EQ(equivalence(with_tool(true, "f {}"), with_tool(false, "g {}")),
              "the calls left to the client depend on whether it is streamed");

    auto const calling = [](bool streamed, std::string const& words) {
        auto t = answered(streamed, "a");
        t.say("proxy", "everything", "call", words, 200);
        return t;
    };
    EXPECT_EQ(equivalence(calling(true, "echo {}"), calling(false, "echo {}")), "");
    EXPECT_EQ(equivalence(calling(true, "echo {}"), answered(false, "a")),
              "the tools called depend on whether it is streamed");
    EXPECT_EQ(equivalence(calling(true, "echo {}"), calling(false, R"(echo {"a":1})")),
              "the tools called depend on whether it is streamed");

    auto more = answered(false, "a");
    more.turn(2, "Who?", 102);
    EXPECT_EQ(equivalence(answered(true, "a"), more),
              "the turns of the model depend on whether it is streamed");
}

namespace {

std::string over_responses(tale chat, tale const& other) {
    chat.over_responses = other.events;
    return chat.objections("equivalence");
}

std::string over_messages(tale chat, tale const& other) {
    chat.over_messages = other.events;
    return chat.objections("equivalence");
}

tale failed(std::string const& code, std::string const& status = {}) {
    auto t = question(true);
    if (!status.empty()) t.say("proxy", "client", "status", status);
    return t.say("proxy", "client", "error", code + " \"m\"");
}

tale with(tale t, std::string const& verb, std::string const& words) {
    return t.say("proxy", "client", verb, words);
}

}  // namespace

TEST(EquivalenceCheck, TheEndpointsSayTheSameWords) {
    auto const chat = answered(true, "a");
    EXPECT_EQ(over_responses(chat, answered(true, "a", "completed")), "");
    EXPECT_EQ(over_messages(chat, answered(true, "a", "end_turn")), "");
    EXPECT_EQ(over_responses(chat, answered(true, "b", "completed")),
              "over responses the text is another");
    EXPECT_EQ(over_messages(chat, answered(true, "", "end_turn")),
              "over messages the text is another");
    EXPECT_EQ(over_messages(with(chat, "thinking", "\"so\""), answered(true, "a", "end_turn")),
              "over messages the thinking is another");
}

TEST(EquivalenceCheck, ARefusalIsTextToMessages) {
    auto const refusal = with(question(true), "refusal", "\"no\"");
    auto const chat = with(refusal, "end", "stop");
    EXPECT_EQ(over_messages(chat, answered(true, "no", "refusal")), "");
    EXPECT_EQ(over_messages(chat, answered(true, "no", "end_turn")),
              "over messages the end means another thing");
    EXPECT_EQ(over_messages(chat, answered(true, "yes", "refusal")),
              "over messages the text is another");
}

TEST(EquivalenceCheck, TheEndsOfTheEndpointsMeanTheSame) {
    auto const cut = answered(true, "a", "length");
    EXPECT_EQ(over_responses(cut, answered(true, "a", "incomplete max_output_tokens")), "");
    EXPECT_EQ(over_messages(cut, answered(true, "a", "max_tokens")), "");
    EXPECT_EQ(over_messages(cut, answered(true, "a", "end_turn")),
              "over messages the end means another thing");
    auto const filtered = answered(true, "a", "content_filter");
    EXPECT_EQ(over_responses(filtered, answered(true, "a", "incomplete content_filter")), "");
    EXPECT_EQ(over_responses(filtered, answered(true, "a", "completed")),
              "over responses the end means another thing");
    auto const calls = with(answered(true, "a", "tool_calls"), "tool", "f {}");
    EXPECT_EQ(over_responses(calls, with(answered(true, "a", "completed"), "tool", "f {}")), "");
    EXPECT_EQ(over_messages(calls, with(answered(true, "a", "tool_use"), "tool", "g {}")),
              "over messages the calls left to the client are others");
}

TEST(EquivalenceCheck, TheErrorsOfTheEndpointsMeanTheSame) {
    EXPECT_EQ(over_responses(failed("stream-cut"), failed("stream-cut")), "");
    EXPECT_EQ(over_responses(failed("stream-cut"), failed("internal-error")),
              "over responses the error means another thing");
    EXPECT_EQ(over_messages(failed("stream-cut"), question(true)),
              "over messages the error means another thing");
    EXPECT_EQ(over_messages(failed("stream-cut"), answered(true, "", "end_turn")),
              "over messages it ends otherwise");
    EXPECT_EQ(over_messages(answered(true, ""), failed("stream-cut")),
              "over messages it ends otherwise");
    EXPECT_EQ(over_messages(failed("tool-failed", "502"), failed("tool-failed")), "")
        << "its stream has told of the tool by then";
    EXPECT_EQ(over_messages(failed("rate-limited", "429"), failed("rate-limited", "500")),
              "over messages the status is another");
}

TEST(EquivalenceCheck, TheEndpointsHaveTheSameSideEffects) {
    auto const calling = [](tale t, std::string const& words) {
        return t.say("proxy", "everything", "call", words, 200);
    };
    auto const chat = answered(true, "a"), other = answered(true, "a", "completed");
    EXPECT_EQ(over_responses(calling(chat, "echo {}"), calling(other, "echo {}")), "");
    EXPECT_EQ(over_responses(calling(chat, "echo {}"), other),
              "over responses other tools are called");
    EXPECT_EQ(over_responses(chat, calling(calling(other, "echo {}"), "echo {}")),
              "over responses other tools are called");
    EXPECT_EQ(
        over_responses(calling(chat, "echo {}"), calling(calling(other, "echo {}"), "echo {}")),
        "over responses other tools are called");
    auto more = other;
    EXPECT_EQ(over_responses(chat, more.turn(2, "Who?", 102)),
              "over responses the model has other turns");
    auto twice = other;
    EXPECT_EQ(over_responses(chat, twice.ask("Who?", 2)),
              "over responses another number of requests is made");
}

TEST(EquivalenceCheck, AbstainsWithoutATwin) {
    EXPECT_EQ(answered(true, "a").objections("equivalence"), "");
}

TEST(Twin, AsksTheOtherWay) {
    auto const twin = scenario::twin_of(scenario::parse(
        "provider openai\n    turn\n        text \"a\"\nclient\n    ask \"x\"\n"
        "    ask \"y\" unstreamed\n    post /v1/chat/completions\n"
        "        {\"stream\": true, \"stream_options\": {\"include_usage\": true}}\n",
        "x.scenario"));
    ASSERT_TRUE(twin);
    auto const& steps = twin->clients.front().steps;
    EXPECT_EQ(steps[0].options, std::vector<std::string>{"unstreamed"});
    EXPECT_TRUE(steps[1].options.empty());
    EXPECT_EQ(json::parse(steps[2].body), json({{"stream", false}}));
}

TEST(Sister, AsksOverAnotherEndpoint) {
    std::string const provider = "provider openai\n    turn\n        text \"a\"\n        close\n";
    auto const        sister = scenario::sister_of(
        scenario::parse(provider + "client\n    ask \"x\" unstreamed\n    ask \"y\" over chat\n",
                               "x.scenario"),
        "messages");
    ASSERT_TRUE(sister);
    auto const& steps = sister->clients.front().steps;
    EXPECT_EQ(steps[0].options, (std::vector<std::string>{"unstreamed", "over messages"}));
    EXPECT_EQ(steps[1].options, std::vector<std::string>{"over messages"});
    for (std::string const client :
         {"    ask \"x\" over responses\n", "    ask \"x\" approval always\n",
          "    ask \"x\"\n    +1s disconnect\n", "    get /v1/models\n",
          "    ask \"x\"\nnetwork\n    openai -> proxy  slice 1\n"})
        EXPECT_FALSE(scenario::sister_of(
            scenario::parse(provider + "client\n" + client, "x.scenario"), "messages"))
            << client;
}

TEST(Twin, IsNotMadeWhereTheFormsMayDiffer) {
    std::string const provider = "provider openai\n    turn\n        text \"a\"\n";
    std::string const client = "client\n    ask \"x\"\n";
    for (auto const& text :
         {provider + client + "network\n    openai -> proxy  slice 1\n",
          provider + client + "    +1s  disconnect\n", provider + "client\n    get /v1/models\n",
          "provider openai\n    turn\n        text \"a\"\n        close\n" + client,
          "provider openai\n    turn\n        bytes \"a\"\n" + client,
          "provider openai\n    turn\n        wait client -> proxy  ask\n" + client, provider})
        EXPECT_FALSE(scenario::twin_of(scenario::parse(text, "x.scenario"))) << text;
}
