#include "tests/proxy/gateway_play.hpp"

// Several gateways of one process, and several configurations of one gateway, in virtual time.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

std::shared_ptr<proxy::gateway_plan> plan_of(std::string const& text) {
    std::vector<std::string> warnings;
    auto const nobody = [](std::string const&) { return std::optional<std::string>(); };
    return std::make_shared<proxy::gateway_plan>(
        proxy::read_config(text, "gateway.yaml", nobody, warnings));
}

std::string rpc(std::string const& key, std::string const& method, std::string const& body,
                std::string const& fields = {}, std::string const& path = "/mcp") {
    return method + ' ' + path + " HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " + key +
           "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n" +
           fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

constexpr char initialize[] =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";
constexpr char call[] =
    R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"everything-echo",)"
    R"("arguments":{"text":"x"}}})";

class GatewayLoops : public play::gateway_stage {
protected:
    ~GatewayLoops() override {
        auto striking = [](GatewayLoops& s) -> awaitable<void> {
            for (auto& each : s.loops) co_await each.stop();
        };
        play::out(world, striking(*this));
    }

    // At {"proxy", 80}, {"proxy-1", 80} ...
    void start_loops(std::size_t count, std::vector<std::string> const& settings = {}) {
        auto const plan = plan_of(yaml(settings));
        for (std::size_t i = 0; i < count; ++i) {
            loops.emplace_back(
                world.world(), plan, commons, proxy::gateway::loop{i, count},
                [this](std::string const& l) { log.push_back(l); },
                [this](std::string const& l) { access.push_back(json::parse(l)); });
            loops.back().listen(at(i));
            loops.back().start();
        }
    }
    static runtime::address at(std::size_t loop) {
        return {loop == 0 ? "proxy" : "proxy-" + std::to_string(loop), 80};
    }
    awaitable<std::unique_ptr<play::http_client>> connect_to(std::size_t loop) {
        auto stream = co_await world.world().network.connect(at(loop));
        co_return std::make_unique<play::http_client>(std::move(stream), clock);
    }
    awaitable<play::http_answer> ask_at(std::size_t loop, std::string bytes) {
        auto client = co_await connect_to(loop);
        co_await client->stream->write(bytes);
        co_return co_await hear(*client);
    }
    static std::string question() {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = false;
        body["messages"] = json::array({play::user_says("hi")});
        return chat(body);
    }

    proxy::gateway_commons    commons;
    std::list<proxy::gateway> loops;
};

TEST_F(GatewayLoops, ASessionIsAnsweredByTheLoopThatHasIt) {
    start_server({{"echo", "hi"}});
    start_loops(2);
    auto story = [&]() -> awaitable<void> {
        auto const begun = co_await ask_at(1, rpc(client_key, "POST", initialize));
        auto const id = begun.field("mcp-session-id");
        EXPECT_TRUE(id.ends_with("-1")) << id;
        auto const mine = "MCP-Session-Id: " + id + "\r\n";
        auto const client = co_await connect_to(0);
        for (int i = 0; i < 2; ++i) {
            auto const bytes = rpc(client_key, "POST", call, mine);
            co_await client->stream->write(bytes);
            auto const answer = co_await hear(*client);
            EXPECT_EQ(answer.field("content-type"), "text/event-stream");
            EXPECT_NE(answer.body.find("\"hi\""), std::string::npos) << answer.body;
        }
        // Another's session is nobody's, at whichever loop.
        auto const stranger = co_await ask_at(0, rpc("sk-of-a-thief", "POST", call, mine));
        EXPECT_EQ(stranger.head.status, 401u);
        EXPECT_EQ(commons.mcp_sessions.size(), 1u);
        auto const gone = rpc(client_key, "DELETE", "", mine);
        co_await client->stream->write(gone);
        EXPECT_EQ((co_await hear(*client)).head.status, 200u);
        EXPECT_EQ(commons.mcp_sessions.size(), 0u);
    };
    play::out(world, story());
    ASSERT_EQ(access.size(), 5u) << "each request is told of by one loop";
    EXPECT_EQ(access[1]["path"], "/mcp");
}

TEST_F(GatewayLoops, WhoBreaksOffAStreamOfAnotherLoopIsSeenThere) {
    start_server({{"echo", "hi"}});
    start_loops(2, {"keepalive_interval: 5s"});
    auto story = [&]() -> awaitable<void> {
        auto const begun = co_await ask_at(1, rpc(client_key, "POST", initialize));
        auto const mine = "MCP-Session-Id: " + begun.field("mcp-session-id") + "\r\n";
        auto const news = rpc(client_key, "GET", "", mine);
        auto       client = co_await connect_to(0);
        co_await client->stream->write(news);
        runtime::http_limit const limit{1h, boost::asio::error::timed_out};
        EXPECT_EQ((co_await client->reader.response(limit)).status, 200u);
        auto const place = co_await client->reader.body(limit);
        EXPECT_EQ(place, "id: 0-0\nretry: 1000\ndata: \n\n");
        auto const piece = co_await client->reader.body(limit);
        EXPECT_EQ(piece, ": keep-alive\n\n");
        EXPECT_EQ(play::elapsed(world), 5s);
        client.reset();
        co_await clock.sleep_for(1ms);
        EXPECT_EQ(commons.connections.load(), 0u);
    };
    play::out(world, story());
}

// Over HTTP+SSE the session's stream is on one loop, and its messages may be posted to any.
TEST_F(GatewayLoops, WhatIsPostedElsewhereReachesTheStreamOfItsSession) {
    start_server({{"echo", "hi"}});
    start_loops(2);
    auto story = [&]() -> awaitable<void> {
        auto       client = co_await connect_to(1);
        auto const open = rpc(client_key, "GET", "", {}, "/sse");
        co_await client->stream->write(open);
        runtime::http_limit const limit{1h, boost::asio::error::timed_out};
        EXPECT_EQ((co_await client->reader.response(limit)).status, 200u);
        std::string const          told(co_await client->reader.body(limit));
        constexpr std::string_view before = "event: endpoint\ndata: ";
        EXPECT_TRUE(told.starts_with(before)) << told;
        auto const endpoint =
            told.substr(before.size(), told.find('\n', before.size()) - before.size());
        EXPECT_TRUE(endpoint.ends_with("-1")) << endpoint;
        EXPECT_EQ(commons.mcp_sessions.size(), 1u);
        auto const hello = rpc(client_key, "POST", initialize, {}, endpoint);
        EXPECT_EQ((co_await ask_at(0, hello)).head.status, 202u);
        auto const answer = co_await client->reader.body(limit);
        EXPECT_NE(answer.find("\"protocolVersion\""), std::string::npos) << answer;
        client.reset();
        co_await clock.sleep_for(1ms);
        EXPECT_EQ(commons.mcp_sessions.size(), 0u);
        EXPECT_EQ((co_await ask_at(0, hello)).head.status, 404u);
    };
    play::out(world, story());
}

TEST_F(GatewayLoops, WhatOneLearnsOfADeploymentAllKnow) {
    auto busy = step(status);
    busy.number = 429;
    start_provider("openai", {says({busy})});
    start_provider("anthropic", {says({step(text, "one"), step(finish, "stop")}),
                                 says({step(text, "two"), step(finish, "stop")})});
    auto text = yaml();
    text += "router_settings:\n  fallbacks: [{gpt-4o: [claude-sonnet-4]}]\n  cooldown_time: 60\n";
    auto const plan = plan_of(text);
    for (std::size_t i = 0; i < 2; ++i) {
        loops.emplace_back(world.world(), plan, commons, proxy::gateway::loop{i, 2});
        loops.back().listen(at(i));
        loops.back().start();
    }
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ((co_await ask_at(0, question())).head.status, 200u);
        EXPECT_EQ((co_await ask_at(1, question())).head.status, 200u);
    };
    play::out(world, story());
    EXPECT_FALSE(turn_detail("openai", 1).empty());
    EXPECT_TRUE(turn_detail("openai", 2).empty()) << "it cools down at both";
}

TEST_F(GatewayLoops, APlanIsLeftWhenNothingIsOnIt) {
    start_server({{"echo", "hi"}});
    start_gateway();
    auto story = [&]() -> awaitable<void> {
        auto const begun = co_await ask(rpc(client_key, "POST", initialize));
        auto const mine = "MCP-Session-Id: " + begun.field("mcp-session-id") + "\r\n";
        // The server is in the file no more.
        auto       text = yaml();
        text.erase(text.find("mcp_servers:"),
                   text.find("general_settings:") - text.find("mcp_servers:"));
        std::weak_ptr<proxy::gateway_plan> const fresh = [&] {
            auto const plan = plan_of(text);
            gateway->reload(plan);
            return plan;
        }();
        auto const answer = co_await ask(rpc(client_key, "POST", call, mine));
        EXPECT_NE(answer.body.find("\"hi\""), std::string::npos)
            << answer.head.status << answer.body;
        EXPECT_EQ((co_await ask(rpc(client_key, "POST", initialize))).head.status, 404u)
            << "nobody new comes to the old one";
        EXPECT_EQ((co_await ask(rpc(client_key, "DELETE", "", mine))).head.status, 200u);
        gateway->reload(plan_of(yaml()));
        co_await clock.sleep_for(1ms);
        EXPECT_TRUE(fresh.expired()) << "nothing holds it";
    };
    play::out(world, story());
}

TEST_F(GatewayLoops, AKeyThatIsTakenAwayOpensNothingOfOld) {
    start_server({{"echo", "hi"}});
    start_gateway();
    auto story = [&]() -> awaitable<void> {
        auto const begun = co_await ask(rpc(client_key, "POST", initialize));
        auto const mine = "MCP-Session-Id: " + begun.field("mcp-session-id") + "\r\n";
        auto       text = yaml();
        text.replace(text.find("sk-of-the-client"), 16, "sk-of-somebody");
        gateway->reload(plan_of(text));
        EXPECT_EQ((co_await ask(rpc(client_key, "POST", call, mine))).head.status, 401u);
        EXPECT_EQ((co_await ask(rpc("sk-of-somebody", "POST", call, mine))).head.status, 404u);
    };
    play::out(world, story());
}

}  // namespace
