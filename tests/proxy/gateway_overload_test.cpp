#include "tests/proxy/gateway_play.hpp"

// More is asked than may be answered at a time.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayOverload : public play::gateway_stage {
protected:
    static json asked_by_chat() {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = true;
        body["messages"] = json::array({play::user_says("hi")});
        return body;
    }

    // One that is answered for a second, from now on.
    void hold_a_place() {
        auto holding = [](GatewayOverload& s) -> awaitable<void> {
            auto const answer = co_await s.ask(chat(asked_by_chat()));
            EXPECT_EQ(answer.head.status, 200u);
        };
        others.spawn("holds a place", holding(*this));
    }
};

TEST_F(GatewayOverload, IsToldInTheFormOfTheEndpoint) {
    start_provider("openai", {says({step(text, "one", 1s), step(finish, "stop")}),
                              says({step(text, "two"), step(finish, "stop")})});
    start_gateway({"streams_max: 1"});
    hold_a_place();
    auto story = [&]() -> awaitable<void> {
        co_await clock.sleep_for(100ms);
        auto const client = co_await connect();
        for (auto const* path :
             {"/v1/chat/completions", "/v1/responses", "/v1/messages", "/chat/completions"}) {
            auto const bytes = request(std::string("POST ") + path, asked_by_chat().dump());
            co_await client->stream->write(bytes);
            auto const answer = co_await hear(*client);
            EXPECT_EQ(answer.head.status, 503u) << path;
            EXPECT_EQ(answer.field("Retry-After"), "1") << path;
            EXPECT_EQ(answer.json()["error"]["code"], "too_many_streams") << path;
            bool const anthropic = std::string(path) == "/v1/messages";
            EXPECT_EQ(answer.json()["error"]["type"],
                      anthropic ? "overloaded_error" : "overloaded");
            EXPECT_EQ(answer.json().value("type", ""), anthropic ? "error" : "");
        }
        EXPECT_EQ(play::elapsed(world), 100ms) << "nobody waits in order to be refused";
        // What is no question needs no place.
        auto const models = request("GET /v1/models", "");
        co_await client->stream->write(models);
        EXPECT_EQ((co_await hear(*client)).head.status, 200u);
        co_await clock.sleep_for(1s);
        auto const again = chat(asked_by_chat());
        co_await client->stream->write(again);
        auto const answer = co_await hear(*client);
        EXPECT_EQ(answer.head.status, 200u)
            << "the place is free, the connection as good as before";
        EXPECT_TRUE(answer.body.ends_with("data: [DONE]\n\n"));
    };
    play::out(world, story());
    ASSERT_GE(access.size(), 1u);
    EXPECT_EQ(access[0]["error"], "too_many_streams");
    EXPECT_EQ(access[0]["status"], 503);
}

// A client that hears of it while it is still sending would lose the answer with the connection.
TEST_F(GatewayOverload, WhoIsRefusedIsHeardToTheEnd) {
    start_provider("openai", {says({step(text, "one", 10s), step(finish, "stop")})});
    start_gateway({"streams_max: 1"});
    hold_a_place();
    auto story = [&]() -> awaitable<void> {
        co_await clock.sleep_for(100ms);
        auto const client = co_await connect();
        auto       body = asked_by_chat();
        body["messages"] = json::array({play::user_says(std::string(1 << 20, 'x'))});
        auto const bytes = chat(body);
        co_await client->stream->write(bytes);
        EXPECT_EQ((co_await hear(*client)).head.status, 503u);
    };
    play::out(world, story());
}

}  // namespace
