#include <gtest/gtest.h>

#include "tests/scenarios/tale.hpp"

using json = nlohmann::json;
using namespace std::chrono_literals;

// What the planted faults have taught the checks: limits, the traffic of tools, sessions, broken
// answers that look whole.

namespace {

json const role{{"role", "assistant"}};

tale asked() {
    tale t;
    t.ask().turn().head().chunk(role);
    return t;
}

tale with_setting(std::string name, std::string value) {
    tale t;
    t.played.gateway.settings.push_back({std::move(name), std::move(value), {}});
    return t;
}

tale& fail(tale& t, std::string const& code) {
    return t.say("proxy", "client", "error", code + " \"m\"");
}

// A server named archive that has the tool f.
tale& with_archive(tale& t) {
    auto& server = t.played.servers.emplace_back();
    server.name = "archive";
    server.transport = "streamable-http";
    server.tools.emplace_back().name = "f";
    return t;
}

json called(std::string const& id, json arguments = json::object()) {
    json call{{"id", id}, {"type", "function"}};
    call["function"] = {{"name", "archive-f"}, {"arguments", arguments.dump()}};
    return {{"role", "assistant"}, {"tool_calls", json::array({call})}};
}

json result(std::string const& id, std::string const& text) {
    return {{"role", "tool"}, {"tool_call_id", id}, {"content", text}};
}

tale& call(tale& t, std::string const& tool, json arguments, std::uint64_t exchange = 201) {
    return t.say("proxy", "archive", "call", tool + " " + arguments.dump(), exchange,
                 {{"arguments", arguments}});
}

}  // namespace

TEST(TimeCheck, WantsALimitToFireWhenItHasRunOut) {
    auto const idle = [](runtime::duration silence, runtime::duration slack = 0ms) {
        auto t = with_setting("idle-timeout", "30s");
        t.slack.late = slack;
        t.ask().turn().head().chunk(role).at(1s).said_text("a").text("a").said("comment", "\"b\"");
        fail(t.at(1s + silence), "idle-timeout");
        return t.objections("time");
    };
    EXPECT_EQ(idle(30s), "");
    EXPECT_EQ(idle(29s), "idle-timeout fires too early");
    EXPECT_EQ(idle(31s), "idle-timeout fires too late");
    EXPECT_EQ(idle(31s, 1s), "");

    auto const whole = [](std::string const& code, runtime::duration after) {
        auto t = with_setting("request-timeout", "5s");
        t.ask().turn();
        fail(t.at(after), code);
        return t.objections("time");
    };
    EXPECT_EQ(whole("request-timeout", 5s), "");
    EXPECT_EQ(whole("request-timeout", 4s), "request-timeout fires too early");
    EXPECT_EQ(whole("request-timeout", 6s),
              "request-timeout fires too late; request-timeout has run out unnoticed");
    EXPECT_EQ(whole("first-byte-timeout", 4s), "first-byte-timeout fires too early");  // of 300 s
    EXPECT_EQ(whole("stream-cut", 4s), "");
}

TEST(TimeCheck, CountsAToolsTimeFromItsLastSign) {
    auto const of = [](runtime::duration after_progress) {
        auto t = with_setting("tool-call-timeout", "6s");
        t.ask().turn().said("finish", "tool_calls");
        call(t, "f", json::object());
        t.at(5s).say("archive", "proxy", "progress", "1/2", 201);
        fail(t.at(5s + after_progress), "tool-timeout");
        return t.objections("time");
    };
    EXPECT_EQ(of(6s), "");
    EXPECT_EQ(of(1s), "tool-timeout fires too early");
    EXPECT_EQ(of(7s), "tool-timeout fires too late");
}

TEST(TimeCheck, WantsALimitThatHasRunOutToBeNoticed) {
    auto const silent = [](runtime::duration first, runtime::duration then) {
        auto t = with_setting("idle-timeout", "30s");
        t.ask().turn().at(first).said_text("a").at(first + then).said_text("b");
        return t.objections("time");
    };
    EXPECT_EQ(silent(200s, 30s), "");
    EXPECT_EQ(silent(200s, 31s), "idle-timeout has run out unnoticed");
    EXPECT_EQ(silent(301s, 1s), "first-byte-timeout has run out unnoticed");

    auto const running = [](char const* end, runtime::duration length) {
        auto t = with_setting("tool-call-timeout", "6s");
        t.ask().turn().said("finish", "tool_calls");
        call(t, "f", json::object());
        t.at(length).say("archive", "proxy", end, "\"x\"", 201);
        t.at(99s).say("proxy", "archive", "end-session");
        return t.objections("time");
    };
    EXPECT_EQ(running("result", 6s), "");
    EXPECT_EQ(running("result", 7s), "tool-call-timeout has run out unnoticed");
    EXPECT_EQ(running("exit", 1s), "");

    auto const listed = [](runtime::duration length) {
        auto t = with_setting("tool-listing-timeout", "4s");
        t.ask().say("proxy", "archive", "list", "", 301);
        return t.at(length).say("archive", "proxy", "tools", "1", 301).objections("time");
    };
    EXPECT_EQ(listed(4s), "");
    EXPECT_EQ(listed(5s), "tool-listing-timeout has run out unnoticed");
}

TEST(TextCheck, WantsABrokenAnswerToBeTold) {
    for (auto const* end : {"end", "close", "reset", "failure"}) {
        auto t = asked();
        t.said_text("a").text("a").said(end);
        auto told = t;
        EXPECT_EQ(t.done().objections("text"), "an answer that broke off is told as a whole one")
            << end;
        EXPECT_EQ(told.error().objections("text"), "") << end;
    }
    auto t = asked();
    t.said_text("a").text("a").say("proxy", "openai", "close", "", 101).done();
    EXPECT_EQ(t.objections("text"), "an answer that broke off is told as a whole one");
    EXPECT_EQ(good_answer().objections("text"), "");
}

TEST(ChatGrammarCheck, WantsAnErrorToHaveAStatusOfItsOwn) {
    auto const of = [](int status, char const* body) {
        tale t;
        t.ask("Who?", 1, false).head(1, status);
        return t.say("proxy", "client", "body", body, 1, nullptr, true).objections("chat-grammar");
    };
    EXPECT_EQ(of(200, R"({"error":{"message":"m"}})"), "an error comes with status 200");
    EXPECT_EQ(of(429, R"({"error":{"message":"m"}})"), "");
    EXPECT_EQ(of(200, R"({"error":null,"choices":[]})"), "");
}

TEST(BytesCheck, WantsTheStreamToBeWholeUtf8) {
    auto const of = [](std::string const& bytes, bool clean = true) {
        auto t = asked();
        t.say("proxy", "client", "bytes", bytes, 1, nullptr, true);
        wire::sse_parser([&](wire::sse_event const& e) {
            t.say("proxy", "client", "frame", e.data, 1, {{"type", e.type}}, true);
        }).feed(bytes);
        return t.body_end(clean).objections("bytes");
    };
    EXPECT_EQ(of("data: \xe6\xb5\xb7\n\n"), "");
    EXPECT_EQ(of("data: \xe6\xb5\n\n"), "the stream is not whole UTF-8");
    EXPECT_EQ(of("data: \xe6\n\ndata: \xb5\xb7\n\n"), "the stream is not whole UTF-8");
}

TEST(SideEffectsCheck, WantsCallsThatAModelAskedFor) {
    auto const of = [](std::vector<json> const& made, char const* said = "f {\"n\": 1}") {
        auto t = asked();
        with_archive(t).said("tool", said);
        for (std::size_t i = 0; i < made.size(); ++i) call(t, "f", made[i], 201 + i);
        return t.objections("side-effects");
    };
    json const one{{"n", 1}}, two{{"n", 2}};
    EXPECT_EQ(of({one}), "");
    EXPECT_EQ(of({}), "");
    EXPECT_EQ(of({two}), "nobody has asked for this call");
    EXPECT_EQ(of({one, one}), "nobody has asked for this call");
    EXPECT_EQ(of({one}, "archive-f {\"n\": 1}"), "");
    EXPECT_EQ(of({one}, "f \"{\\\"n\\\": 1}\""), "");
    // A server that broke may be asked again; bytes may have been a call.
    auto t = asked();
    with_archive(t).said("tool", "f {\"n\": 1}");
    call(t, "f", one, 201).say("archive", "proxy", "status", "404", 201);
    EXPECT_EQ(call(t, "f", one, 202).objections("side-effects"), "");
    t = asked();
    with_archive(t).said("bytes", "20");
    EXPECT_EQ(call(t, "f", one).objections("side-effects"), "");
}

TEST(SideEffectsCheck, WantsToolsThatTheServerHas) {
    auto t = asked();
    with_archive(t).said("tool", "g {}");
    EXPECT_EQ(call(t, "g", json::object()).objections("side-effects"),
              "the server has no such tool");
    t.played.servers.front().methods.emplace_back().method = "tools/list";
    EXPECT_EQ(t.objections("side-effects"), "");
}

TEST(SideEffectsCheck, WantsEachCallToHaveItsResult) {
    auto const handed = [](json messages, char const* answer = "\"a\"") {
        auto t = asked();
        with_archive(t).said("tool", "f {}");
        call(t, "f", json::object()).say("archive", "proxy", "result", answer, 201);
        return t.turn_with(2, std::move(messages), 102).objections("side-effects");
    };
    auto const question = tale::messages("Who?").front();
    EXPECT_EQ(handed({question, called("c"), result("c", "a")}), "");
    EXPECT_EQ(handed({question, called("c")}), "the result of c is missing");
    EXPECT_EQ(handed({question, called("c"), result("d", "a")}), "the result of c is missing");
    EXPECT_EQ(handed({question, called("c"), result("c", "b")}),
              "the result of c is another than the server gave");
    EXPECT_EQ(handed({question, called("c"), result("c", "b")}, "{\"content\": []}"), "");

    json const use{{"type", "tool_use"}, {"id", "c"}, {"name", "f"}, {"input", json::object()}};
    json       back{{"type", "tool_result"}, {"tool_use_id", "c"}};
    back["content"] = json::array({{{"type", "text"}, {"text", "a"}}});
    json const said{{"role", "assistant"}, {"content", json::array({use})}};
    EXPECT_EQ(handed({question, said, {{"role", "user"}, {"content", json::array({back})}}}), "");
    EXPECT_EQ(handed({question, said}), "the result of c is missing");

    // What the client has brought along is its own affair.
    json history;
    history["messages"] = json::array({question, called("c")});
    tale t;
    t.say("client", "proxy", "post", "/v1/chat/completions", 1,
          {{"path", "/v1/chat/completions"}, {"stream", true}, {"body", history}});
    EXPECT_EQ(t.turn_with(1, history["messages"], 101).objections("side-effects"), "");
}

TEST(LeftoversCheck, WantsSessionsToBeEnded) {
    auto const begun = [] {
        tale t;
        with_archive(t).say("proxy", "archive", "initialized");
        return t;
    };
    EXPECT_EQ(begun().objections("leftovers"), "left over: 1 sessions with archive");
    auto t = begun();
    EXPECT_EQ(t.say("proxy", "archive", "end-session").objections("leftovers"), "");
    for (auto const* lost : {"status", "exit"}) {
        t = begun();
        EXPECT_EQ(t.say("archive", "proxy", lost, "404").objections("leftovers"), "") << lost;
    }
    t = begun();
    t.played.servers.front().sessions = false;
    EXPECT_EQ(t.objections("leftovers"), "");
    t = begun();
    t.played.servers.front().transport = "stdio";
    EXPECT_EQ(t.objections("leftovers"), "");
    t = begun();
    t.played.network.emplace_back();
    EXPECT_EQ(t.objections("leftovers"), "");
}
