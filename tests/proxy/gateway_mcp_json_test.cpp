#include "tests/proxy/gateway_play.hpp"

// JSON passes through /mcp and /sse untouched, both ways: a server and a client that speak HTTP by
// hand compare what is said with what is heard, byte for byte.

namespace {

using play::awaitable;

// What no DOM keeps: numbers beyond doubles and 64 bits, their forms, the order of members, unknown
// ones, escapes, blanks.
constexpr char odd[] =
    R"({"z":1e300,"a":-1E+300,"thirty":123456789012345678901234567890,"f":[1.0,1.50,0.1e1,-0,1e3],)"
    R"("s":"\u0041\/\u00e9 é","unknown":{"b":null,"B":true},  "blank" : [ ] })";
constexpr char schema[] =
    R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","$defs":{"a":{)"
    R"("$anchor":"x","maximum":1e300}},"allOf":[{"$ref":"#/$defs/a"}],"additionalProperties":false})";

class JsonThroughMcp : public play::gateway_stage {
protected:
    // A server that answers everything with what the test wants, as JSON.
    awaitable<void> serve(std::unique_ptr<runtime::stream> stream) {
        runtime::http_reader      reader(*stream, clock);
        runtime::http_limit const limit{std::chrono::hours(1), boost::asio::error::timed_out};
        auto const                request = co_await reader.request(limit);
        if (!request) co_return;
        auto const  body = co_await reader.whole_body(limit);
        std::string answer;
        if (request->method == "POST") bodies.push_back(body);
        if (body.find("\"initialize\"") != body.npos)
            answer = result_of(body, R"({"protocolVersion":"2025-11-25","capabilities":)"
                                     R"({"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
        if (body.find("\"tools/list\"") != body.npos)
            answer = result_of(
                body, R"({"tools":[{"name":"t","inputSchema":)" + std::string(schema) + "}]}");
        if (body.find("\"tools/call\"") != body.npos)
            answer =
                result_of(body, R"({"content":[],"structuredContent":)" + std::string(odd) + '}');
        std::string const status = request->method != "POST" ? "405 Not Allowed"
                                   : answer.empty()          ? "202 Accepted"
                                                             : "200 OK";
        auto const        bytes = "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" +
                           "Content-Length: " + std::to_string(answer.size()) +
                           "\r\nConnection: close\r\n\r\n" + answer;
        co_await stream->write(bytes);
        stream->close();
    }

    static std::string result_of(std::string const& request, std::string const& result) {
        auto const at = request.find("\"id\":") + 5;
        auto const id = request.substr(at, request.find_first_of(",}", at) - at);
        return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + '}';
    }

    awaitable<void> accept(std::unique_ptr<runtime::listener> door) {
        for (;;) {
            auto stream = co_await door->accept();
            others.spawn("server", serve(std::move(stream)));
        }
    }

    void begin() {
        others.spawn("server", accept(world.world().network.listen({"everything", 80})));
        start_gateway();
        auto const hello = post(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
                                R"("protocolVersion":"2025-11-25","capabilities":{},)"
                                R"("clientInfo":{"name":"c","version":"1"}}})");
        session = hello.field("mcp-session-id");
        post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    }

    play::http_answer post(std::string const& body) {
        auto fields = std::string("Accept: application/json, text/event-stream\r\n");
        if (!session.empty()) fields += "MCP-Session-Id: " + session + "\r\n";
        return asked(request("POST /mcp/everything", body, fields));
    }

    std::string              session;
    std::vector<std::string> bodies;
};

}  // namespace

TEST_F(JsonThroughMcp, ArgumentsReachTheServerAsTheyAreSpelled) {
    begin();
    post(R"({"jsonrpc":"2.0","id":"x","method":"tools/call","extra":[1e300],"params":{"name":"t",)"
         R"("arguments":)" +
         std::string(odd) + "}}");
    ASSERT_FALSE(bodies.empty());
    EXPECT_NE(bodies.back().find(odd), std::string::npos) << bodies.back();
    EXPECT_NE(bodies.back().find(R"("extra":[1e300])"), std::string::npos) << bodies.back();
}

TEST_F(JsonThroughMcp, ResultsReachTheClientAsTheyAreSpelled) {
    begin();
    auto const answer =
        post(R"({"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t"}})");
    EXPECT_EQ(answer.head.status, 200u);
    EXPECT_NE(answer.body.find(odd), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find(R"("id":"x")"), std::string::npos) << answer.body;
}

TEST_F(JsonThroughMcp, SchemasReachTheClientAsTheyAreSpelled) {
    begin();
    auto const answer = post(R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})");
    EXPECT_NE(answer.body.find(schema), std::string::npos) << answer.body;
}
