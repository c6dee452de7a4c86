#include "tests/proxy/gateway_play.hpp"

// A line for each request, and what goes along to the provider.

namespace {

using namespace std::chrono_literals;
using enum mock::provider_verb;
using nlohmann::json;

class GatewayAccessLog : public play::gateway_stage {
protected:
    static std::string question(bool stream, std::string const& fields = {}) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = stream;
        body["messages"] = json::array({play::user_says("hi")});
        return request("POST /v1/chat/completions?key=secret", body.dump(), fields);
    }
    // A line is written when the request is over, which its client knows a little sooner.
    play::http_answer over(std::string bytes) {
        auto answer = asked(std::move(bytes));
        auto waiting = [&]() -> boost::asio::awaitable<void> { co_await clock.sleep_for(1ms); };
        play::out(world, waiting());
        return answer;
    }
    std::string header_of_turn(int number, std::string const& name) const {
        runtime::http_fields fields;
        auto const           detail = turn_detail("openai", number);
        for (auto const& field : detail["headers"])
            fields.emplace_back(field[0].get<std::string>(), field[1].get<std::string>());
        auto const* value = runtime::find_field(fields, name);
        return value ? *value : "none";
    }
};

TEST_F(GatewayAccessLog, TellsOfEachRequestWhenItIsOver) {
    start_provider("openai",
                   {says({step(text, "one", 40ms), step(text, "two", 10ms), step(finish, "stop")}),
                    says({step(text, "one"), step(close, {}, 5ms)})});
    start_gateway();
    auto const answer = over(question(true));
    ASSERT_EQ(access.size(), 1u);
    EXPECT_EQ(access[0]["request_id"], answer.field("X-Request-Id"));
    access[0].erase("request_id");
    access[0].erase("time");
    EXPECT_EQ(access[0], json::parse(R"({"method": "POST", "path": "/v1/chat/completions",
        "model": "gpt-4o", "stream": true, "status": 200, "duration_ms": 50.0, "ttft_ms": 40.0})"));

    over(question(true));
    over(chat({{"model", "nobody"}}));
    over("GET /health/liveliness HTTP/1.1\r\nHost: proxy\r\n\r\n");
    over("GET /v1/models HTTP/1.1\r\nHost: proxy\r\n\r\n");
    over("GET /nothing\x01 HTTP/1.1\r\nHost: proxy\r\n\r\n");
    ASSERT_GE(access.size(), 5u);
    EXPECT_EQ(access[1]["error"], "stream_cut") << "told in the stream";
    EXPECT_EQ(access[1]["ttft_ms"], 0.0);
    EXPECT_EQ(access[2]["status"], 404);
    EXPECT_EQ(access[2]["error"], "model_not_found");
    EXPECT_FALSE(access[2].contains("model")) << "what a client wrote is no model of ours";
    EXPECT_EQ(access[3]["path"], "/health/liveliness");
    EXPECT_EQ(access[3]["status"], 200);
    EXPECT_EQ(access[4]["error"], "invalid_api_key");
    for (auto const& line : access) EXPECT_EQ(line.dump().find("secret"), std::string::npos);
}

TEST_F(GatewayAccessLog, AClientThatLeavesIsThereToo) {
    start_provider("openai", {says({step(text, "one"), step(stall)})});
    start_gateway();
    auto story = [&]() -> boost::asio::awaitable<void> {
        auto       client = co_await connect();
        auto const bytes = question(true);
        co_await client->stream->write(bytes);
        co_await clock.sleep_for(1s);
        client->stream->close();
        co_await clock.sleep_for(1s);
    };
    play::out(world, story());
    ASSERT_EQ(access.size(), 1u);
    EXPECT_EQ(access[0]["status"], 499);
    EXPECT_EQ(access[0]["error"], "client_gone");
    EXPECT_EQ(access[0]["duration_ms"], 1000.0);
}

TEST_F(GatewayAccessLog, TheClientsIdAndItsTraceGoAlong) {
    auto const ok = says({step(text, "x"), step(finish, "stop")});
    start_provider("openai", {ok, ok, ok});
    start_gateway();
    auto const answer =
        over(question(false,
                      "X-Request-Id: mine-1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-"
                      "b7ad6b7169203331-01\r\ntracestate: a=b\r\n"));
    EXPECT_EQ(answer.field("X-Request-Id"), "mine-1");
    EXPECT_EQ(access.at(0)["request_id"], "mine-1");
    EXPECT_EQ(header_of_turn(1, "X-Request-Id"), "mine-1");
    EXPECT_EQ(header_of_turn(1, "traceparent"),
              "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    EXPECT_EQ(header_of_turn(1, "tracestate"), "a=b");

    auto const other = over(question(false, "X-Request-Id: two words\r\n"));
    EXPECT_TRUE(other.field("X-Request-Id").starts_with("req_"));
    EXPECT_EQ(header_of_turn(2, "X-Request-Id"), other.field("X-Request-Id"));
    EXPECT_EQ(header_of_turn(2, "traceparent"), "none");

    over(question(false, "X-Request-Id: " + std::string(129, 'x') + "\r\n"));
    EXPECT_TRUE(access.at(2)["request_id"].get<std::string>().starts_with("req_"));
}

}  // namespace
