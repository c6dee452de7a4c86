#include <gtest/gtest.h>

#include "mock_mcp/mock_mcp.hpp"
#include "tests/runtime/mcp_http_play.hpp"
#include "wire/mcp_modern.hpp"

// MCP over streamable HTTP, against the mock. Against raw bytes: mcp_http_raw_test.cpp.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;
using runtime::error;

class McpOverHttp : public play::mcp_over_http {
protected:
    McpOverHttp() : trace(runtime::simulation::beginning) {
        script.name = "everything";
        script.transport = "streamable-http";
    }
    void TearDown() override {
        play::mcp_over_http::TearDown();
        if (server) play::out(world, server->stop());
    }

    static mock_mcp::mcp_step step(runtime::duration after, mock_mcp::mcp_verb verb,
                                   std::string text = {}, int number = 0) {
        mock_mcp::mcp_step s;
        s.after = after;
        s.verb = verb;
        s.text = std::move(text);
        s.number = number;
        s.value = number;
        return s;
    }
    void tool(std::string name, std::vector<mock_mcp::mcp_step> steps) {
        mock_mcp::tool_script t;
        t.name = std::move(name);
        t.steps = std::move(steps);
        script.tools.push_back(std::move(t));
    }
    void on(std::string method, std::vector<mock_mcp::mcp_step> steps) {
        script.methods.push_back({std::move(method), std::move(steps), 0});
    }
    void start() {
        server.emplace(world.world(), trace, script);
        server->start(world.world().network.listen({"everything", 80}));
    }
    heard passed() const {
        heard all;
        for (auto const& e : trace.events()) all.push_back(e.to_text());
        return all;
    }
    bool has_passed(std::string const& what) const {
        for (auto const& e : trace.events())
            if (e.to_text() == what) return true;
        return false;
    }

    runtime::trace                    trace;
    mock_mcp::mcp_script              script;
    std::optional<mock_mcp::mock_mcp> server;
};

using enum mock_mcp::mcp_verb;

TEST_F(McpOverHttp, SaysHelloAndFarewell) {
    start();
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(co_await play::hello(*channel), "2025-11-25");
        EXPECT_TRUE(channel->alive());
        co_await channel->end();
        EXPECT_FALSE(channel->alive());
    };
    play::out(world, story());
    EXPECT_TRUE(has_passed("0ms  everything <- proxy  end-session") ||
                has_passed("0ms  proxy -> everything  end-session"))
        << testing::PrintToString(passed());
}

TEST_F(McpOverHttp, ProgressIsHeardBeforeTheAnswer) {
    for (bool const json : {false, true}) {
        script.json_answers = json;
        script.tools.clear();
        tool("slow", {step(10ms, progress, "", 1), step(10ms, progress, "", 2),
                      step(10ms, result, "done")});
        if (server) play::out(world, server->stop());
        start();
        heard all;
        auto  began = play::elapsed(world);
        auto  note = [&](wire::rpc_message const& m) {
            auto const& n = std::get<wire::rpc_notification>(m);
            all.push_back(runtime::to_text(play::elapsed(world) - began) + ' ' + n.method + ' ' +
                           n.params["progressToken"].dump() + ' ' + n.params["progress"].dump());
        };
        auto story = [&]() -> awaitable<void> {
            co_await play::hello(*channel);
            auto const answer = co_await play::call(*channel, play::tool_call(7, "slow"), note);
            all.push_back(runtime::to_text(play::elapsed(world) - began) + ' ' + answer);
        };
        play::out(world, story());
        EXPECT_EQ(all, (heard{"10ms notifications/progress 7 1", "20ms notifications/progress 7 2",
                              "30ms done"}));
    }
}

TEST_F(McpOverHttp, JsonAnswersAreAnswers) {
    script.json_answers = true;
    tool("echo", {step(1ms, result, "hello")});
    tool("broken", {step(0ms, mock_mcp::mcp_verb::error, "no such thing", -32602)});
    start();
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(1, "echo")), "hello");
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(2, "broken")),
                  "error -32602 no such thing");
    };
    play::out(world, story());
}

TEST_F(McpOverHttp, ADroppedCallIsCancelledByANotification) {
    tool("slow", {step(1h, result, "too late")});
    start();
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        auto calling = channel->call(play::tool_call(7, "slow"), {});
        auto limited = runtime::within(clock, 50ms, late, std::move(calling));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        EXPECT_TRUE(channel->alive());
        co_await channel->end();
    };
    play::out(world, story());
    EXPECT_TRUE(has_passed("50ms  proxy -> everything  cancel slow by notification"))
        << testing::PrintToString(passed());
    EXPECT_EQ(play::elapsed(world), 50ms);
}

TEST_F(McpOverHttp, AnAnsweredCallIsNotCancelled) {
    tool("echo", {step(5ms, result, "hello")});
    tool("broken", {step(5ms, status, "overloaded", 503)});
    start();
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(1, "echo")), "hello");
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(2, "broken")),
                  play::named(error::not_accepted));
        EXPECT_EQ(channel->last_words(), "HTTP 503 overloaded");
        EXPECT_TRUE(channel->alive());
        co_await channel->end();
    };
    play::out(world, story());
    for (auto const& line : passed()) EXPECT_EQ(line.find("cancel"), line.npos) << line;
}

TEST_F(McpOverHttp, AnInitializeIsNeverCancelled) {
    on("initialize", {step(1h, result, "too late")});
    start();
    auto story = [&]() -> awaitable<void> {
        auto limited = runtime::within(clock, 50ms, late, play::hello(*channel));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        co_await channel->end();
    };
    play::out(world, story());
    EXPECT_EQ(passed(), (heard{"0ms  proxy -> everything  initialize"}));
}

namespace {

wire::rpc_request modern(wire::rpc_request request) {
    request.params = wire::mcp::with_meta(std::move(request.params), "test", "1");
    return request;
}

}  // namespace

TEST_F(McpOverHttp, SinceTheModernEraACloseIsTheCancel) {
    script.revision.clear();
    script.modern = true;
    tool("slow", {step(1h, result, "too late")});
    start();
    auto story = [&]() -> awaitable<void> {
        channel->agreed(wire::mcp::modern_revision);
        auto calling = channel->call(modern(play::tool_call(7, "slow")), {});
        auto limited = runtime::within(clock, 50ms, late, std::move(calling));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        co_await channel->end();
        co_await clock.sleep_for(1ms);  // until the server has noticed
    };
    play::out(world, story());
    EXPECT_EQ(passed(), (heard{"0ms  proxy -> everything  call slow {}",
                               "50ms  proxy -> everything  cancel slow by close"}));
}

TEST_F(McpOverHttp, SinceTheModernEraAnErrorHasAStatusAndIsAnAnswer) {
    script.revision.clear();
    script.modern = true;
    start();
    auto story = [&]() -> awaitable<void> {
        auto hello = wire::mcp::initialize(std::int64_t{0}, "test", "1");
        EXPECT_EQ(co_await play::call(*channel, std::move(hello)),
                  "error -32022 this protocol version is not spoken here: 2025-11-25");
        channel->agreed(wire::mcp::modern_revision);
        EXPECT_EQ(co_await play::call(*channel, modern(play::tool_call(1, "nothing"))),
                  "error -32602 there is no tool nothing");
        EXPECT_EQ(channel->refused_with(), 400u) << "of the hello, not of this";
        wire::rpc_request ping{std::int64_t{2}, "ping", nullptr};
        EXPECT_EQ(co_await play::call(*channel, modern(std::move(ping))),
                  "error -32601 there is no method ping");
        EXPECT_EQ(channel->refused_with(), 404u);
        EXPECT_TRUE(channel->alive());
        co_await channel->end();
    };
    play::out(world, story());
}

TEST_F(McpOverHttp, AForgottenSessionIsLost) {
    start();
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        co_await server->stop();
        server.emplace(world.world(), trace, script);
        server->start(world.world().network.listen({"everything", 80}));
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(1, "echo")),
                  play::named(error::session_lost));
        EXPECT_FALSE(channel->alive());
    };
    play::out(world, story());
}

TEST_F(McpOverHttp, AStreamThatEndsWithoutAnAnswerHasNone) {
    tool("ends", {step(5ms, mock_mcp::mcp_verb::end)});
    tool("closes", {step(5ms, progress, "", 1), step(5ms, close)});
    tool("resets", {step(5ms, progress, "", 1), step(5ms, reset)});
    start();
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(1, "ends")),
                  play::named(error::no_answer));
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(2, "closes")),
                  play::named(error::body_cut));
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(3, "resets")), "connection_reset");
        EXPECT_TRUE(channel->alive());
    };
    play::out(world, story());
}

TEST_F(McpOverHttp, ANoAnswerIsAtItsTimeAndNobodyIsLeftBehind) {
    network.fail_connects("everything", 80, scenario::connect_fault::blackhole);
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await play::call(*channel, play::tool_call(1, "echo"))),
                  "5000ms " + play::name_of(boost::asio::error::timed_out));
    };
    play::out(world, story());
}

}  // namespace
