#include <gtest/gtest.h>

#include "mock_mcp/mock_mcp.hpp"
#include "scenarios/staged_network.hpp"
#include "tests/runtime/mcp_play.hpp"
#include "wire/error.hpp"

// MCP over streamable HTTP, against the mock and against a server that only says raw bytes.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;
using runtime::error;
using runtime::error_code;

// A world with a channel in it; each test has its server.
class over_http : public testing::Test {
protected:
    over_http() : network(world.world()) {
        auto const            inner = world.world();
        runtime::world const  waist{inner.executor, inner.clock, network, inner.entropy};
        runtime::mcp_endpoint at;
        at.transport = "streamable-http";
        at.at = {"everything", 80};
        at.headers = {{"Authorization", "Bearer sk-mcp"}};
        runtime::mcp_channel_limits limits;
        limits.message_max = 4096;
        channel = runtime::find_mcp_transport("streamable-http")->open(waist, at, limits);
    }
    void TearDown() override {
        play::out(world, channel->end());
        channel.reset();
    }
    std::string at(std::string what) {
        return runtime::to_text(play::elapsed(world)) + ' ' + std::move(what);
    }

    runtime::simulation                   world;
    runtime::clock&                       clock = world.world().clock;
    scenario::staged_network              network;
    std::unique_ptr<runtime::mcp_channel> channel;
    error_code const                      late = boost::asio::error::no_buffer_space;
};

// ---- against the mock

class McpOverHttp : public over_http {
protected:
    McpOverHttp() : trace(runtime::simulation::beginning) {
        script.name = "everything";
        script.transport = "streamable-http";
    }
    void TearDown() override {
        over_http::TearDown();
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
                  "5s " + play::name_of(boost::asio::error::timed_out));
    };
    play::out(world, story());
}

// ---- against raw bytes

// Hears each request and says what it was told to say, the nth thing to the nth request.
class RawMcpServer : public over_http {
protected:
    struct asked {
        runtime::http_request head;
        std::string           body;
        std::string           field(std::string const& name) const {
            auto const* value = runtime::find_field(head.fields, name);
            return value ? *value : std::string("none");
        }
    };

    RawMcpServer() : listener(world.world().network.listen({"everything", 80})) {
        serving.spawn("accept", accept());
    }
    void TearDown() override {
        if (channel) over_http::TearDown();
        listener->close();
        play::stop(world, serving);
    }

    static std::string plain(std::string const& status, std::string const& fields = {},
                             std::string const& body = {}) {
        return "HTTP/1.1 " + status + "\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    static std::string json(std::string const& body, std::string const& fields = {}) {
        return plain("200 OK", fields + "Content-Type: application/json\r\n", body);
    }
    static std::string events(std::string const& text) {
        return plain("200 OK", "Content-Type: text/event-stream\r\n", text);
    }
    static std::string initialized(std::string const& fields = {}) {
        wire::rpc_response answer;
        answer.id = std::int64_t{0};
        answer.result = wire::mcp::initialize_result("raw", "2025-06-18");
        return json(wire::to_text(answer), fields);
    }

    // What a single call comes to when the server says this.
    std::string said(std::string bytes) {
        answers.push_back(std::move(bytes));
        std::string got;
        auto        story = [&]() -> awaitable<void> {
            got = co_await play::call(*channel, play::tool_call(7, "echo"));
        };
        play::out(world, story());
        return got;
    }

    awaitable<void> accept() {
        for (;;) {
            auto stream = co_await listener->accept();
            serving.spawn("connection", serve(std::move(stream)));
        }
    }
    awaitable<void> serve(std::unique_ptr<runtime::stream> s) {
        runtime::http_reader      reader(*s, clock);
        runtime::http_limit const limit{1h, late};
        auto                      head = co_await reader.request(limit);
        if (!head) co_return;
        auto  body = co_await reader.whole_body(limit);
        asked one{std::move(*head), std::move(body)};
        requests.push_back(std::move(one));
        if (requests.size() > answers.size()) co_await clock.sleep_for(1h);
        auto const answer = answers.at(requests.size() - 1);
        co_await s->write(answer);
    }

    std::unique_ptr<runtime::listener> listener;
    runtime::task_group                serving{world.world().executor};
    std::vector<asked>                 requests;
    std::vector<std::string>           answers;
};

TEST_F(RawMcpServer, HearsTheSessionAndTheRevisionOnEveryLaterRequest) {
    answers = {initialized("MCP-Session-Id: s-1\r\n"), plain("202 Accepted"),
               json(play::text_answer(std::int64_t{7}, "hello")), plain("200 OK")};
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(co_await play::hello(*channel), "2025-06-18");
        EXPECT_EQ(co_await play::call(*channel, play::tool_call(7, "echo")), "hello");
        co_await channel->end();
    };
    play::out(world, story());
    ASSERT_EQ(requests.size(), 4u);
    heard lines;
    for (auto const& r : requests)
        lines.push_back(r.head.method + ' ' + r.head.target + ' ' + r.field("mcp-session-id") +
                        ' ' + r.field("mcp-protocol-version") + ' ' + r.field("content-type"));
    EXPECT_EQ(
        lines,
        (heard{"POST /mcp none none application/json", "POST /mcp s-1 2025-06-18 application/json",
               "POST /mcp s-1 2025-06-18 application/json", "DELETE /mcp s-1 2025-06-18 none"}));
    for (auto const& r : requests) {
        EXPECT_EQ(r.field("authorization"), "Bearer sk-mcp");
        EXPECT_EQ(r.field("accept"), "application/json, text/event-stream");
        EXPECT_EQ(r.field("host"), "everything:80");
    }
    auto const body = nlohmann::json::parse(requests[2].body);
    EXPECT_EQ(body["jsonrpc"], "2.0");
    EXPECT_EQ(body["id"], 7);
    EXPECT_EQ(body["method"], "tools/call");
    EXPECT_EQ(body["params"]["_meta"]["progressToken"], 7);
}

TEST_F(RawMcpServer, WithoutASessionNothingIsSaidOfOneAndNothingIsDeleted) {
    answers = {initialized(), plain("200 OK")};
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        co_await channel->end();
    };
    play::out(world, story());
    ASSERT_EQ(requests.size(), 2u);
    EXPECT_EQ(requests[1].field("mcp-session-id"), "none");
}

TEST_F(RawMcpServer, MayAnswerANotificationInAnyWayThatMeansYes) {
    answers = {plain("202 Accepted"), plain("200 OK"), "HTTP/1.1 204 No Content\r\n\r\n",
               plain("400 Bad Request", {}, "what?")};
    auto story = [&]() -> awaitable<void> {
        for (int i = 0; i < 3; ++i)
            EXPECT_EQ(co_await play::outcome_of(channel->notify(wire::mcp::initialized())), "ok");
        EXPECT_EQ(co_await play::outcome_of(channel->notify(wire::mcp::initialized())),
                  play::named(error::not_accepted));
        EXPECT_EQ(channel->last_words(), "HTTP 400 what?");
    };
    play::out(world, story());
}

TEST_F(RawMcpServer, ANotFoundWithoutASessionIsARefusal) {
    EXPECT_EQ(said(plain("404 Not Found", {}, "nothing here")), play::named(error::not_accepted));
    EXPECT_TRUE(channel->alive());
    EXPECT_EQ(channel->last_words(), "HTTP 404 nothing here");
}

TEST_F(RawMcpServer, OnlyTheAnswerToThisCallIsItsAnswer) {
    auto const other = "data: " + play::text_answer(std::int64_t{6}, "another's") + "\n\n";
    auto const mine = "data: " + play::text_answer(std::int64_t{7}, "mine") + "\n\n";
    EXPECT_EQ(said(events("id: 1\ndata: \n\n: a comment\n\n" + other + mine)), "mine");
    EXPECT_EQ(said(events(other)), play::named(error::no_answer));
}

TEST_F(RawMcpServer, AnErrorThatCouldNotNameItsRequestIsTheAnswer) {
    auto const text =
        std::string(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}})");
    EXPECT_EQ(said(events("data: " + text + "\n\n")), "error -32700 what?");
    EXPECT_EQ(said(json(text)), "error -32700 what?");
}

TEST_F(RawMcpServer, WhatIsNoAnswerIsNone) {
    EXPECT_EQ(said(json(R"({"jsonrpc":"2.0","method":"notifications/message"})")),
              play::named(error::no_answer));
    EXPECT_NE(said(json("<html>")), "ok");
    EXPECT_EQ(said(""), play::named(error::closed_early));
    EXPECT_EQ(said("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), play::named(error::body_cut));
}

TEST_F(RawMcpServer, MayNotSayMoreThanTheLimitOfAMessage) {
    std::string const much(5000, ' ');
    EXPECT_EQ(said(json(play::text_answer(std::int64_t{7}, much))),
              play::named(error::body_too_large));
    EXPECT_EQ(said("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n1388\r\ndata: " +
                   std::string(0x1388 - 6, 'x') + "\r\n"),
              make_error_code(wire::error::event_too_large).message());
}

TEST_F(RawMcpServer, ThatIsSilentAtTheEndIsNotWaitedForLong) {
    answers = {initialized("MCP-Session-Id: s-1\r\n"), plain("202 Accepted")};
    auto story = [&]() -> awaitable<void> {
        co_await play::hello(*channel);
        co_await channel->end();
        EXPECT_EQ(play::elapsed(world), 2s);
    };
    play::out(world, story());
    EXPECT_EQ(requests.size(), 3u);
}

}  // namespace
