#include "tests/proxy/gateway_play.hpp"

// How the gateway ends: what was asked is answered, or told.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayDrain : public play::gateway_stage {
protected:
    static std::string question(bool stream) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = stream;
        body["messages"] = json::array({play::user_says("hi")});
        return chat(body);
    }

    // Begins to end half a second from now; `ended` is when that is over.
    void drain_soon(runtime::duration patience) {
        auto draining = [](GatewayDrain& s, runtime::duration p) -> awaitable<void> {
            co_await s.clock.sleep_for(500ms);
            co_await s.gateway->drain(p);
            s.ended = play::elapsed(s.world);
        };
        others.spawn("drain", draining(*this, patience));
    }

    std::optional<runtime::duration> ended;
};

TEST_F(GatewayDrain, AStreamComesToItsEndAndItsConnectionIsClosed) {
    start_provider("openai",
                   {says({step(text, "one "), step(text, "two", 1s), step(finish, "stop")})});
    start_gateway();
    drain_soon(30s);
    auto story = [&]() -> awaitable<void> {
        auto       client = co_await connect();
        auto const ask = question(true);
        co_await client->stream->write(ask);
        auto const answer = co_await hear(*client);
        EXPECT_NE(answer.body.find("two"), std::string::npos);
        EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n"));
        EXPECT_EQ(play::elapsed(world), 1s);
        runtime::http_limit const limit{1h, boost::asio::error::timed_out};
        auto const                more = co_await client->reader.body(limit);
        EXPECT_TRUE(more.empty());
        bool        closed = false;
        char        byte = 0;
        std::size_t n = 1;
        try {
            n = co_await client->stream->read(boost::asio::buffer(&byte, 1));
        } catch (boost::system::system_error const&) {
            closed = true;
        }
        EXPECT_TRUE(closed || n == 0);
    };
    play::out(world, story());
    EXPECT_EQ(ended, 1s) << "as soon as nobody is answered any more";
}

TEST_F(GatewayDrain, NobodyNewIsServed) {
    start_provider("openai",
                   {says({step(text, "one "), step(text, "two", 1s), step(finish, "stop")})});
    start_gateway();
    drain_soon(30s);
    auto slow = [&]() -> awaitable<void> { co_await ask(question(true)); };
    others.spawn("slow", slow());
    auto story = [&]() -> awaitable<void> {
        auto kept = co_await connect();
        co_await clock.sleep_for(600ms);
        bool refused = false;
        try {
            co_await connect();
        } catch (boost::system::system_error const&) {
            refused = true;
        }
        EXPECT_TRUE(refused);
        char        byte = 0;
        std::size_t n = 0;
        try {
            n = co_await kept->stream->read(boost::asio::buffer(&byte, 1));
        } catch (boost::system::system_error const&) {
        }
        EXPECT_EQ(n, 0u) << "a connection on which nothing was asked is closed";
        EXPECT_EQ(play::elapsed(world), 600ms);
    };
    play::out(world, story());
    world.run();
    EXPECT_EQ(ended, 1s);
}

TEST_F(GatewayDrain, WhoIsNotAnsweredInTimeIsTold) {
    start_provider("openai",
                   {says({step(text, "one "), step(stall)}), says({step(text, "never", 1h)})});
    start_gateway();
    drain_soon(2s);
    play::http_answer streamed, whole;
    auto              first = [&]() -> awaitable<void> { streamed = co_await ask(question(true)); };
    auto              second = [&]() -> awaitable<void> {
        co_await clock.sleep_for(1ms);
        whole = co_await ask(question(false));
    };
    others.spawn("first", first());
    others.spawn("second", second());
    world.run([&] { return ended.has_value(); });
    world.run();
    EXPECT_EQ(ended, 2500ms);
    EXPECT_NE(streamed.body.find("one "), std::string::npos);
    EXPECT_NE(streamed.body.find("shutting_down"), std::string::npos);
    EXPECT_EQ(streamed.body.find("[DONE]"), std::string::npos);
    EXPECT_EQ(whole.head.status, 503u);
    EXPECT_EQ(whole.json()["error"]["code"], "shutting_down");
}

TEST_F(GatewayDrain, AloneItEndsAtOnce) {
    start_gateway();
    drain_soon(30s);
    world.run([&] { return ended.has_value(); });
    EXPECT_EQ(ended, 500ms);
}

// A visitor who ends a session waits for the servers behind it. When the gateway stops meanwhile,
// the session must come to its end all the same.
TEST_F(GatewayDrain, ASessionThatIsEndingOutlivesItsVisitor) {
    start_server({{"echo", "hi"}});
    start_gateway();
    runtime::task_group deaf(world.world().executor);
    auto const          rpc = [](std::string const& fields, std::string const& body) {
        return request("POST /mcp", body,
                                "Accept: application/json, text/event-stream\r\n" + fields);
    };
    auto story = [&]() -> awaitable<void> {
        auto const hello = rpc("", R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                                   R"("protocolVersion":"2025-11-25","capabilities":{},)"
                                   R"("clientInfo":{"name":"c","version":"1"}}})");
        auto const begun = co_await ask(hello);
        auto const mine = "MCP-Session-Id: " + begun.field("mcp-session-id") + "\r\n";
        auto const listing = rpc(mine, R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
        auto const listed = co_await ask(listing);
        EXPECT_NE(listed.body.find("echo"), std::string::npos) << listed.body;
        co_await servers.back().stop();
        auto const door = world.world().network.listen({"everything", 80});
        auto       listening = [](runtime::listener& at) -> awaitable<void> {
            std::vector<std::unique_ptr<runtime::stream>> kept;
            for (;;) {
                auto one = co_await at.accept();
                kept.push_back(std::move(one));
            }
        };
        deaf.spawn("deaf", listening(*door));
        auto       visitor = co_await connect();
        auto const farewell = request("DELETE /mcp", "", mine);
        co_await visitor->stream->write(farewell);
        co_await clock.sleep_for(10ms);
        co_await gateway->stop();
        EXPECT_GT(play::elapsed(world), 1s) << "the end was cut short";
        co_await deaf.stop();
    };
    play::out(world, story());
}

}  // namespace
