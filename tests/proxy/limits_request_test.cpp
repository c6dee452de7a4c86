#include "tests/proxy/limits_play.hpp"

// Limits of what a client says.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using nlohmann::json;
using play::verdict;

class RequestLimits : public play::limits_stage {
protected:
    verdict asked_chat(std::string const& body) {
        return say(request("POST /v1/chat/completions", body));
    }
};

TEST_F(RequestLimits, RequestLine) {
    start_gateway({"request_line_max: 200"});
    expect_limit({"request_line_max", "414 target_too_large"}, 200, [&](std::size_t n) {
        std::string const begin = "GET /v1/models?", end = " HTTP/1.1";
        return say(begin + std::string(n - begin.size() - end.size(), 'a') + end +
                   "\r\nHost: proxy\r\nAuthorization: Bearer sk-of-the-client\r\n\r\n");
    });
}

TEST_F(RequestLimits, RequestHeader) {
    start_gateway({"request_header_max: 300"});
    expect_limit({"request_header_max", "431 header_too_large"}, 300, [&](std::size_t n) {
        std::string const begin =
            "GET /v1/models HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer "
            "sk-of-the-client\r\nX: ";
        return say(begin + std::string(n - begin.size() - 4, 'a') + "\r\n\r\n");
    });
}

TEST_F(RequestLimits, HeaderFields) {
    start_gateway({"request_fields_max: 10"});
    expect_limit({"request_fields_max", "431 header_too_large"}, 10, [&](std::size_t n) {
        std::string fields;
        for (std::size_t i = 2; i < n; ++i) fields += "X-" + std::to_string(i) + ": a\r\n";
        return say(
            "GET /v1/models HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer "
            "sk-of-the-client\r\n" +
            fields + "\r\n");
    });
}

TEST_F(RequestLimits, LineOfAChunk) {
    start_gateway({"chunk_line_max: 40"});
    expect_limit({"chunk_line_max", "400 bad_request"}, 40, [&](std::size_t n) {
        return say(
            in_chunks("20;" + std::string(n - 3, 'x') + "\r\n" + question() + "\r\n0\r\n\r\n"));
    });
}

TEST_F(RequestLimits, Trailers) {
    start_gateway({"trailers_max: 40"});
    expect_limit({"trailers_max", "400 bad_request"}, 40, [&](std::size_t n) {
        return say(in_chunks("20\r\n" + question() + "\r\n0\r\nX: " + std::string(n - 3, 'x') +
                             "\r\n\r\n"));
    });
}

TEST_F(RequestLimits, TrailerFields) {
    start_gateway({"trailer_fields_max: 4"});
    expect_limit({"trailer_fields_max", "400 bad_request"}, 4, [&](std::size_t n) {
        std::string trailers;
        for (std::size_t i = 0; i < n; ++i) trailers += "X: a\r\n";
        return say(in_chunks("20\r\n" + question() + "\r\n0\r\n" + trailers + "\r\n"));
    });
}

TEST_F(RequestLimits, RequestBody) {
    start_gateway({"request_body_max: 200"});
    auto const sized = [&](std::size_t n) {
        auto const begin = std::string(R"({"model":"nobody","user":")");
        return begin + std::string(n - begin.size() - 2, 'a') + "\"}";
    };
    expect_limit({"request_body_max", "413 request_too_large"}, 200,
                 [&](std::size_t n) { return asked_chat(sized(n)); });
    expect_limit({"request_body_max", "413 request_too_large"}, 200, [&](std::size_t n) {
        auto const body = sized(n);
        return say(in_chunks(wire::chunk_head(n) + body + "\r\n0\r\n\r\n"));
    });
}

TEST_F(RequestLimits, MessageOfMcp) {
    start_gateway({"mcp_body_max: 200", "request_body_max: 100"});
    expect_limit({"mcp_body_max", "413 -32600"}, 200, [&](std::size_t n) {
        std::string const begin = R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":")";
        return say(mcp(begin + std::string(n - begin.size() - 3, 'a') + "\"}}"));
    });
}

TEST_F(RequestLimits, ValuesOfJson) {
    start_gateway({"json_values_max: 20"});
    auto const ones = [](std::size_t n) { return json(std::vector<int>(n, 1)).dump(); };
    expect_limit({"json_values_max", "400 invalid_json"}, 20, [&](std::size_t n) {
        return asked_chat(R"({"model":"nobody","a":)" + ones(n - 3) + "}");
    });
    expect_limit({"json_values_max", "400 -32600"}, 20, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":1,"method":"ping","a":)" + ones(n - 5) + "}",
                       "MCP-Session-Id: x\r\n"));
    });
}

TEST_F(RequestLimits, MembersOfAnObject) {
    start_gateway({"json_members_max: 10"});
    auto const members = [](std::size_t n) {
        json made = json::object();
        for (std::size_t i = 0; i < n; ++i) made["k" + std::to_string(i)] = 1;
        return made.dump();
    };
    expect_limit({"json_members_max", "400 invalid_json"}, 10, [&](std::size_t n) {
        return asked_chat(R"({"model":"nobody","a":)" + members(n) + "}");
    });
    expect_limit({"json_members_max", "400 -32600"}, 10, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":1,"method":"ping","a":)" + members(n) + "}",
                       "MCP-Session-Id: x\r\n"));
    });
}

TEST_F(RequestLimits, NestingOfJson) {
    start_gateway({"json_depth_max: 10"});
    auto const nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    expect_limit({"json_depth_max", "400 invalid_json"}, 10, [&](std::size_t n) {
        return asked_chat(R"({"model":"nobody","a":)" + nested(n - 1) + "}");
    });
    expect_limit({"json_depth_max", "400 -32700"}, 10, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":1,"method":"ping","a":)" + nested(n - 1) + "}"));
    });
}

TEST_F(RequestLimits, IdAndMethodOfAMessage) {
    start_gateway({"rpc_id_max: 20", "rpc_method_max: 30"});
    expect_limit({"rpc_id_max", "400 -32600"}, 20, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":")" + std::string(n, 'a') +
                       R"(","method":"initialize"})"));
    });
    expect_limit({"rpc_method_max", "400 -32600"}, 30, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(n, 'a') + "\"}",
                       "MCP-Session-Id: x\r\n"));
    });
}

TEST_F(RequestLimits, HeadersOfMcp) {
    start_server({{"echo", "hello"}});
    start_gateway({"mcp_session_id_max: 40", "last_event_id_max: 50"});
    expect_limit({"mcp_session_id_max", "400 -32600"}, 40, [&](std::size_t n) {
        return say(mcp(R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                       "MCP-Session-Id: " + std::string(n, 'a') + "\r\n"));
    });
    auto const hello = asked(mcp(
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{},"clientInfo":{"name":"c","version":"1"}}})"));
    auto const session = hello.field("MCP-Session-Id");
    ASSERT_NE(session, "none") << hello.body;
    // Nothing is kept of such an event, but it is looked for.
    auto const resumed = [&](std::size_t n) {
        return say(
            "GET /mcp HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer sk-of-the-client\r\n"
            "Accept: text/event-stream\r\nMCP-Session-Id: " +
            session + "\r\nLast-Event-ID: " + std::string(n, '1') + "\r\n\r\n");
    };
    EXPECT_EQ(resumed(50).words, "nothing is kept of this Last-Event-ID");
    for (std::size_t const n : {51, 500}) {
        EXPECT_EQ(resumed(n).said, "400 -32600");
        EXPECT_NE(resumed(n).words.find("last_event_id_max is 50 bytes"), std::string::npos);
    }
}

// Times: just within, just beyond, and far beyond.

TEST_F(RequestLimits, TimeOfTheHeader) {
    start_gateway({"header_timeout: 2s"});
    auto const after = [&](runtime::duration pause) {
        return say({{0s, "GET /v1/models HTTP/1.1\r\nHost: proxy\r\nAuth"},
                    {pause, "orization: Bearer sk-of-the-client\r\n\r\n"}})
            .said;
    };
    EXPECT_EQ(after(1999ms), "200");
    EXPECT_EQ(after(2001ms), "408 request_timeout");
    EXPECT_EQ(after(20s), "408 request_timeout");
}

TEST_F(RequestLimits, TimeOfTheBody) {
    start_gateway({"body_timeout: 2s", "body_rate_min: 1000"});
    auto const body = question();
    auto const after = [&](runtime::duration pause, std::string const& path) {
        auto const whole =
            request("POST " + path, body, "Accept: application/json, text/event-stream\r\n");
        return say({{0s, whole.substr(0, whole.size() - body.size())}, {pause, body}}).said;
    };
    EXPECT_EQ(after(1999ms, "/v1/chat/completions"), "404 model_not_found");
    EXPECT_EQ(after(2001ms, "/v1/chat/completions"), "408 request_timeout");
    EXPECT_EQ(after(20s, "/v1/chat/completions"), "408 request_timeout");
    EXPECT_EQ(after(1999ms, "/mcp"), "400 -32600") << "it is no message";
    EXPECT_EQ(after(2001ms, "/mcp"), "408 -32600");
    EXPECT_EQ(after(20s, "/mcp"), "408 -32600");
    EXPECT_EQ(after(2001ms, "/v1/messages"), "408 request_timeout");
}

// Ten bytes at a time; the limit is for the whole, so that a drip gains nothing.
TEST_F(RequestLimits, RateOfTheBody) {
    start_gateway({"body_timeout: 2s", "body_rate_min: 100"});
    auto const each = [&](runtime::duration pause, std::string const& path) {
        auto const body = R"({"model":"nobody","user":")" + std::string(1972, 'a') + "\"}";
        auto const whole =
            request("POST " + path, body, "Accept: application/json, text/event-stream\r\n");
        auto const         head = whole.size() - body.size();
        std::vector<piece> pieces{{0s, whole.substr(0, head)}};
        for (std::size_t at = 0; at < body.size(); at += 10)
            pieces.emplace_back(pause, body.substr(at, 10));
        return say(pieces).said;
    };
    EXPECT_EQ(each(100ms, "/v1/chat/completions"), "404 model_not_found");
    EXPECT_EQ(each(115ms, "/v1/chat/completions"), "408 request_timeout");
    EXPECT_EQ(each(1s, "/v1/chat/completions"), "408 request_timeout");
    EXPECT_EQ(each(115ms, "/mcp"), "408 -32600");
}

TEST_F(RequestLimits, SilenceBetweenTwoRequests) {
    start_gateway({"connection_idle: 5s"});
    std::string const get =
        "GET /v1/models HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer sk-of-the-client\r\n\r\n";
    auto const after = [&](runtime::duration pause) {
        return say({{0s, get}, {pause, get}}, 2).said;
    };
    EXPECT_EQ(after(4999ms), "200");
    EXPECT_EQ(after(5001ms), "closed");
    EXPECT_EQ(after(50s), "closed");
}

// All of them together.

TEST_F(RequestLimits, Connections) {
    start_gateway({"connections_max: 3"});
    std::string const get =
        "GET /v1/models HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer sk-of-the-client\r\n\r\n";
    std::vector<std::unique_ptr<play::http_client>> held;
    auto hold = [&](std::size_t count) -> awaitable<void> {
        held.clear();
        co_await clock.sleep_for(1ms);
        for (std::size_t i = 0; i < count; ++i) held.push_back(co_await connect());
    };
    auto const with = [&](std::size_t n) {
        play::out(world, hold(n - 1));
        return say(get);
    };
    EXPECT_EQ(with(3).said, "200");
    for (std::size_t const n : {4, 30}) {
        auto const heard = with(n);
        EXPECT_EQ(heard.said, "503 too_many_connections");
        EXPECT_EQ(heard.retry_after, "1");
    }
    held.clear();
}

// Of a client's key; the operator's own, the master key, is bound by what all may do.
TEST_F(RequestLimits, RequestsOfOneKey) {
    start_gateway({"requests_per_key_max: 3", "keys: [sk-first, sk-second]"});
    auto const by = [](std::string const& key, std::string const& body) {
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " + key +
               "\r\nContent-Length: 32\r\n\r\n" + body;
    };
    std::vector<std::unique_ptr<play::http_client>> held;
    auto hold = [&](std::size_t count, std::string key) -> awaitable<void> {
        held.clear();
        co_await clock.sleep_for(1ms);
        for (std::size_t i = 0; i < count; ++i) {
            held.push_back(co_await connect());
            co_await held.back()->stream->write(by(key, "{"));  // and the rest is still to come
        }
        co_await clock.sleep_for(1ms);
    };
    play::out(world, hold(2, "sk-first"));
    EXPECT_EQ(say(by("sk-first", question())).said, "404 model_not_found");
    for (std::size_t const n : {3, 30}) {
        play::out(world, hold(n, "sk-first"));
        auto const heard = say(by("sk-first", question()));
        EXPECT_EQ(heard.said, "429 too_many_requests");
        EXPECT_EQ(heard.retry_after, "1");
        EXPECT_NE(heard.words.find("requests_per_key_max is 3"), std::string::npos);
        EXPECT_EQ(say(by("sk-second", question())).said, "404 model_not_found");
    }
    play::out(world, hold(30, client_key));
    EXPECT_EQ(say(by(client_key, question())).said, "404 model_not_found");
    held.clear();
}

TEST_F(RequestLimits, BytesKeptForAll) {
    start_gateway({"buffered_max: 1000"});
    std::unique_ptr<play::http_client> holder;
    auto                               hold = [&](std::size_t size) -> awaitable<void> {
        holder.reset();
        co_await clock.sleep_for(1ms);
        holder = co_await connect();
        auto const body = chat_head("Content-Length: 100000\r\n\r\n") + std::string(size, ' ');
        co_await holder->stream->write(body);
        co_await clock.sleep_for(1ms);
    };
    for (std::size_t const size : {0, 999}) {
        play::out(world, hold(size));
        EXPECT_EQ(asked_chat(question()).said, "404 model_not_found");
    }
    for (std::size_t const size : {1000, 10000}) {
        play::out(world, hold(size));
        auto const heard = asked_chat(question());
        EXPECT_EQ(heard.said, "503 overloaded");
        EXPECT_EQ(heard.retry_after, "1");
        EXPECT_NE(heard.words.find("buffered_max is 1000 bytes"), std::string::npos);
        EXPECT_EQ(say(mcp("{}")).said, "503 -32603");
    }
    play::out(world, hold(0));
    EXPECT_EQ(asked_chat(question()).said, "404 model_not_found")
        << "what is given back is free again";
    holder.reset();
}

}  // namespace
