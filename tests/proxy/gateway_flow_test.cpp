#include <algorithm>

#include "tests/proxy/gateway_play.hpp"

// What the gateway holds, keeps open and lets in.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

json plain_question(bool stream) {
    json body;
    body["model"] = "gpt-4o";
    body["stream"] = stream;
    body["messages"] = json::array({play::user_says("hi")});
    return body;
}

// ---- memory

std::size_t text_in(std::string_view piece) {
    return static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '#'));
}

constexpr std::size_t pipe = 64 * 1024;
constexpr std::size_t stream_buffer = 4 * 1024;
constexpr std::size_t flood = 8 << 20;

class GatewayMemory : public play::gateway_stage {
protected:
    GatewayMemory() : gateway_stage({.pipe_capacity = pipe}) {}

    // Says 8 MiB of text as fast as it is taken.
    awaitable<void> pour(std::unique_ptr<runtime::listener> at) {
        auto                      stream = co_await at->accept();
        runtime::http_reader      reader(*stream, clock);
        runtime::http_limit const limit{1h, boost::asio::error::timed_out};
        co_await reader.request(limit);
        co_await reader.whole_body(limit);
        co_await stream->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
        std::string const before = R"(data: {"choices":[{"index":0,"delta":{"content":")";
        std::string const text(1000, '#');
        std::string const event = before + text + "\"}}]}\n\n";
        for (std::size_t said = 0; said < flood; said += text.size()) {
            co_await stream->write(event);
            taken += text.size();
        }
        co_await stream->write(
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            "data: [DONE]\n\n");
    }

    std::size_t taken = 0;  // of the text
};

TEST_F(GatewayMemory, AClientThatPausesHoldsTheProviderBack) {
    start_gateway({"stream_buffer_max: " + std::to_string(stream_buffer)});
    others.spawn("provider", pour(world.world().network.listen({"openai", 80})));
    auto story = [&]() -> awaitable<void> {
        auto                      client = co_await connect();
        runtime::http_limit const limit{1h, boost::asio::error::timed_out};
        co_await client->stream->write(chat(plain_question(true)));
        co_await client->reader.response(limit);
        // Text that is on its way: in both pipes, in one read of the gateway, in one of the client.
        auto const  bound = 2 * pipe + stream_buffer + 16 * 1024 + 2 * 1024;
        std::size_t heard = 0;
        for (std::size_t until = 1; until < flood / 2; until += 5 * pipe) {
            while (heard < until) heard += text_in(co_await client->reader.body(limit));
            co_await clock.sleep_for(20s);
            EXPECT_GT(taken, heard);
            EXPECT_LT(taken, heard + bound);
        }
        while (!client->reader.body_done()) heard += text_in(co_await client->reader.body(limit));
        EXPECT_EQ(heard, taken);
        EXPECT_GE(heard, flood);
    };
    play::out(world, story());
}

// ---- connections

class GatewayConnection : public play::gateway_stage {};

TEST_F(GatewayConnection, ServesOneRequestAfterTheOther) {
    start_provider("openai", {says({step(text, "first"), step(finish, "stop")}),
                              says({step(text, "second", 50ms), step(finish, "stop")}),
                              says({step(text, "third"), step(finish, "stop")})});
    start_gateway();
    auto story = [&]() -> awaitable<void> {
        auto client = co_await connect();
        co_await client->stream->write(chat(plain_question(false)));
        auto const first = co_await hear(*client);
        EXPECT_EQ(first.json()["choices"][0]["message"]["content"], "first");
        co_await client->stream->write(chat(plain_question(true)));
        auto const second = co_await hear(*client);
        EXPECT_NE(second.body.find("second"), std::string::npos);
        co_await client->stream->write(request("GET /v1/models", ""));
        auto const models = co_await hear(*client);
        EXPECT_EQ(models.json()["data"].size(), 2u);
        // A mistake in a request is no reason to part.
        co_await client->stream->write(request("POST /v1/chat/completions", "{"));
        auto const refused = co_await hear(*client);
        EXPECT_EQ(refused.head.status, 400u);
        co_await client->stream->write(chat(plain_question(false)));
        auto const third = co_await hear(*client);
        EXPECT_EQ(third.json()["choices"][0]["message"]["content"], "third");
    };
    play::out(world, story());
}

TEST_F(GatewayConnection, ARequestThatComesBeforeItsTurnIsServedInItsTurn) {
    start_provider("openai", {says({step(text, "first", 50ms), step(finish, "stop", 50ms)}),
                              says({step(text, "second"), step(finish, "stop")})});
    start_gateway();
    auto story = [&]() -> awaitable<void> {
        auto client = co_await connect();
        co_await client->stream->write(chat(plain_question(true)) + chat(plain_question(false)));
        auto const first = co_await hear(*client);
        EXPECT_NE(first.body.find("first"), std::string::npos);
        EXPECT_EQ(play::elapsed(world), 100ms);
        auto const second = co_await hear(*client);
        EXPECT_EQ(second.json()["choices"][0]["message"]["content"], "second");
    };
    play::out(world, story());
}

TEST_F(GatewayConnection, EndsWhereTheClientOrAnErrorSaysSo) {
    start_provider("openai", {says({step(text, "first"), step(finish, "stop")}),
                              says({step(text, "second"), step(reset)})});
    start_gateway();
    auto last_of = [&](std::string bytes) -> awaitable<std::string> {
        auto client = co_await connect();
        co_await client->stream->write(bytes);
        auto const answer = co_await hear(*client);
        co_return std::to_string(answer.head.status) + ' ' + answer.field("connection") + ' ' +
            co_await play::read(*client->stream);
    };
    auto story = [&]() -> awaitable<void> {
        auto const question = plain_question(true).dump();
        EXPECT_EQ(co_await last_of(
                      request("POST /v1/chat/completions", question, "Connection: close\r\n")),
                  "200 close eof");
        // An error inside a stream: nobody shall take the answer for a whole one.
        EXPECT_EQ(co_await last_of(chat(plain_question(true))), "200 none eof");
        EXPECT_EQ(co_await last_of("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n"), "401 close eof");
        EXPECT_EQ(co_await last_of(request("GET /nowhere", "")), "404 close eof");
        EXPECT_EQ(co_await last_of(request("PUT /v1/models", "")), "405 close eof");
        EXPECT_EQ(play::elapsed(world), 0s);
    };
    play::out(world, story());
}

TEST_F(GatewayConnection, SilenceBetweenTwoRequestsIsTheEndOfIt) {
    start_gateway();
    auto story = [&]() -> awaitable<void> {
        auto idle = co_await connect();
        EXPECT_EQ(co_await play::read(*idle->stream), "eof");
        EXPECT_EQ(play::elapsed(world), 10s);
        auto kept = co_await connect();
        co_await kept->stream->write(request("GET /v1/models", ""));
        co_await hear(*kept);
        EXPECT_EQ(co_await play::read(*kept->stream), "eof");
        EXPECT_EQ(play::elapsed(world), 70s);
        auto half = co_await connect();
        co_await half->stream->write("GET /v1/mod");
        auto const late = co_await hear(*half);
        EXPECT_EQ(late.head.status, 408u);
        EXPECT_EQ(play::elapsed(world), 80s);
    };
    play::out(world, story());
}

TEST_F(GatewayConnection, MoreThanItMayServeAreTurnedAway) {
    start_gateway({"connections_max: 2"});
    auto story = [&]() -> awaitable<void> {
        auto one = co_await connect();
        auto two = co_await connect();
        co_await clock.sleep_for(1ms);
        auto       three = co_await connect();
        auto const full = co_await hear(*three);
        EXPECT_EQ(full.head.status, 503u);
        EXPECT_EQ(full.field("retry-after"), "1");
        one.reset();
        co_await clock.sleep_for(1ms);
        auto const served = co_await ask(request("GET /v1/models", ""));
        EXPECT_EQ(served.head.status, 200u);
    };
    play::out(world, story());
}

// ---- limits

class GatewayLimits : public play::gateway_stage {};

TEST_F(GatewayLimits, HeadersBeyondTheirLimitAreRefused) {
    start_gateway({"request_header_max: 1000"});
    auto const of_size = [&](std::size_t size) {
        auto const without = request("GET /v1/models", "", "X: \r\n").size();
        return request("GET /v1/models", "", "X: " + std::string(size - without, 'x') + "\r\n");
    };
    EXPECT_EQ(asked(of_size(1000)).head.status, 200u);
    auto const refused = asked(of_size(1001));
    EXPECT_EQ(refused.head.status, 431u);
    EXPECT_EQ(refused.field("connection"), "close");
    EXPECT_EQ(refused.json()["error"]["type"], "invalid_request_error");
}

TEST_F(GatewayLimits, MoreHeadersThanAHundredAreRefused) {
    start_gateway();
    std::string fields;
    for (int i = 0; i < 96; ++i) fields += "X: y\r\n";
    EXPECT_EQ(asked(request("GET /v1/models", "", fields)).head.status, 200u);
    fields += "X: y\r\n";
    EXPECT_EQ(asked(request("GET /v1/models", "", fields)).head.status, 431u);
}

TEST_F(GatewayLimits, ABodyBeyondItsLimitIsRefusedBeforeItHasCome) {
    start_gateway({"request_body_max: 1000"});
    auto const head = request("POST /v1/chat/completions", "");
    auto       announced = head;
    announced.replace(head.find("Length: 0"), 9, "Length: 1001");
    auto const refused = asked(announced);
    EXPECT_EQ(refused.head.status, 413u);
    EXPECT_EQ(refused.field("connection"), "close");
}

}  // namespace
