#include "tests/proxy/limits_play.hpp"

// Limits of what a provider answers.

namespace {

using namespace std::chrono_literals;
using enum mock::provider_verb;
using boost::asio::awaitable;
using nlohmann::json;
using play::verdict;

class UpstreamLimits : public play::limits_stage {
protected:
    // A provider that answers each request with these bytes, in turn; the last one for all further.
    void answers(std::vector<std::string> all) {
        std::vector<mock::turn> turns;
        for (auto& bytes : all) turns.push_back(says({step(raw, std::move(bytes))}));
        start_provider("openai", std::move(turns));
    }
    verdict answered(bool stream = false) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = stream;
        body["messages"] = json::array({play::user_says("hello")});
        return say(chat(body));
    }
    static std::string whole(std::string const& text) {
        return R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,)"
               R"("message":{"role":"assistant","content":")" +
               text + R"("},"finish_reason":"stop"}]})";
    }
    static std::string http(std::string const& body, std::string const& fields = {},
                            std::string const& status = "200 OK") {
        return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    // One that listens to an answer for a second.
    awaitable<void> hold(json asked) {
        auto       client = co_await connect();
        auto const bytes = chat(asked);
        co_await client->stream->write(bytes);
        co_await clock.sleep_for(1s);
    }
    // Whether another is refused meanwhile, and no more when it is over.
    awaitable<void> look(bool is_full) {
        co_await clock.sleep_for(100ms);
        auto const other = request("POST /v1/chat/completions", R"({"model":"nobody"})");
        auto const answer = co_await ask(other);
        EXPECT_EQ(answer.head.status, is_full ? 503u : 404u) << answer.body;
        co_await clock.sleep_for(2s);
        auto const again = co_await ask(other);
        EXPECT_EQ(again.head.status, 404u) << "it is given back";
    }
    // The sizes at which a limit is tried, each an answer of one provider.
    void try_at(trial const& t, std::size_t limit,
                std::function<std::string(std::size_t)> const& bytes, bool stream = false) {
        answers({bytes(limit), bytes(limit + 1), bytes(10 * limit)});
        expect_limit(t, limit, [&](std::size_t) { return answered(stream); });
    }
};

TEST_F(UpstreamLimits, HeaderOfTheAnswer) {
    start_gateway({"upstream_header_max: 400"});
    try_at({"upstream_header_max", "502 upstream_protocol"}, 400, [&](std::size_t n) {
        auto const bare = http(whole("hi"), "X: \r\n");
        auto const head = bare.find("\r\n\r\n") + 4;
        return http(whole("hi"), "X: " + std::string(n - head, 'a') + "\r\n");
    });
}

TEST_F(UpstreamLimits, FieldsOfTheAnswer) {
    start_gateway({"upstream_fields_max: 10"});
    try_at({"upstream_fields_max", "502 upstream_protocol"}, 10, [&](std::size_t n) {
        std::string fields;
        for (std::size_t i = 2; i < n; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
        return http(whole("hi"), fields);
    });
}

TEST_F(UpstreamLimits, InterimAnswers) {
    start_gateway({"upstream_interim_max: 4"});
    try_at({"upstream_interim_max", "502 upstream_protocol"}, 4, [&](std::size_t n) {
        std::string all;
        for (std::size_t i = 0; i < n; ++i) all += "HTTP/1.1 103 Early Hints\r\n\r\n";
        return all + http(whole("hi"));
    });
}

TEST_F(UpstreamLimits, BodyOfTheAnswer) {
    start_gateway({"upstream_body_max: 400"});
    try_at({"upstream_body_max", "502 upstream_too_large"}, 400,
           [&](std::size_t n) { return http(whole(std::string(n - whole("").size(), 'a'))); });
}

TEST_F(UpstreamLimits, AnEvent) {
    start_gateway({"event_size_max: 400"});
    std::string const begin = R"({"choices":[{"index":0,"delta":{"content":")", end = R"("}}]})";
    auto const        event = [&](std::size_t n) {
        return "data: " + begin + std::string(n - begin.size() - end.size() - 6, 'a') + end +
               "\n\n";
    };
    auto const stream = [&](std::string const& events) {
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked"
               "\r\n\r\n" +
               wire::chunk_head(events.size()) + events + "\r\n0\r\n\r\n";
    };
    std::string const last =
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n";
    answers({stream(event(400) + last), stream(event(401) + last), stream(event(4000) + last),
             stream(event(100) + event(401) + last)});
    expect_limit({"event_size_max", "502 upstream_too_large"}, 400,
                 [&](std::size_t) { return answered(true); });
    auto const behind_another = answered(true);
    EXPECT_EQ(behind_another.said, "200 upstream_too_large") << "in the stream, which has begun";
}

TEST_F(UpstreamLimits, BodyOfARefusalIsCutAndMarked) {
    start_gateway({"upstream_error_max: 100"});
    auto const refusal = [&](std::size_t n) {
        return http(std::string(n - 1, 'a') + 'z', {}, "500 Oh");
    };
    answers({refusal(100), refusal(101), refusal(1000), http("short", {}, "500 Oh")});
    std::string const mark = "upstream_error_max is 100 bytes";
    for (std::size_t const n : {100, 101, 1000}) {
        auto const heard = answered();
        EXPECT_EQ(heard.said, "500 500");
        EXPECT_EQ(heard.words.find(mark) != std::string::npos, n > 100) << heard.words;
        EXPECT_EQ(heard.words.find('z') != std::string::npos, n == 100) << heard.words;
    }
    EXPECT_EQ(answered().words.find(mark), std::string::npos);
}

// What of an answer is not whole yet is kept, and counts for all.
TEST_F(UpstreamLimits, WhatIsNotWholeYetIsKept) {
    start_gateway({"buffered_max: 1000"});
    std::string const begun = R"({"choices":[{"index":0,"delta":{"content":")";
    auto const        slow = [&](std::string const& type, std::size_t size) {
        auto const bytes = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n\r\n" +
                           (type == "text/event-stream" ? "data: " : "") + begun +
                           std::string(size, 'a');
        return says({step(raw, bytes), step(stall)});
    };
    start_provider("openai", {slow("text/event-stream", 100), slow("text/event-stream", 1000),
                              slow("application/json", 100), slow("application/json", 1000)});
    json body;
    body["model"] = "gpt-4o";
    body["stream"] = true;
    body["messages"] = json::array({play::user_says("hello")});
    for (bool const is_full : {false, true, false, true}) {
        others.spawn("holds an answer", hold(body));
        play::out(world, look(is_full));
    }
}

// A redirect is followed nowhere, and no setting makes it so.
TEST_F(UpstreamLimits, RedirectsAreNotFollowed) {
    start_gateway();
    std::vector<std::string> all;
    for (auto const* status :
         {"301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"})
        all.push_back(http("{}", "Location: http://anthropic/v1/chat/completions\r\n", status));
    start_provider("anthropic", {says({step(text, "never"), step(finish, "stop")})});
    answers(all);
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(answered().said, "502 upstream_redirect");
    EXPECT_TRUE(turn_detail("anthropic", 1).is_null());
}

// What the provider wishes for is waited for, unless it is too long.
TEST_F(UpstreamLimits, RetryAfter) {
    auto const text = yaml({"retry_after_max: 5s"});
    start_gateway(text + "router_settings:\n  num_retries: 1\n", world.world());
    auto const refusal = [&](std::string const& wish) {
        return http("{}", "Retry-After: " + wish + "\r\n", "429 Too Many");
    };
    answers({refusal("5"), http(whole("hi")), refusal("6"), refusal("50"), refusal("-1"),
             http(whole("hi"))});
    auto const began = [&] { return clock.now(); };
    auto       at = began();
    EXPECT_EQ(answered().said, "200");
    EXPECT_EQ(clock.now() - at, 5s);
    for (auto const* wish : {"6", "50"}) {
        at = began();
        auto const heard = answered();
        EXPECT_EQ(heard.said.substr(0, 3), "429");
        EXPECT_EQ(heard.retry_after, wish);
        EXPECT_EQ(clock.now() - at, 0s);
    }
    at = began();
    EXPECT_EQ(answered().said, "200");
    EXPECT_LE(clock.now() - at, 500ms) << "a wish that is none: our own backoff";
    EXPECT_GE(clock.now() - at, 375ms);
}

}  // namespace
