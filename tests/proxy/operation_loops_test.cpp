#include <cmath>

#include "tests/proxy/operation_play.hpp"

// Several event loops in one process, and what is one for all of them.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using nlohmann::json;

class OperationLoops : public play::operated_gateway {
protected:
    static constexpr char listening[] = "lockstep_settings:\n  listen: 127.0.0.1:0\n  loops: 2\n";

    // The value of a series, -1 if there is none.
    static double value_of(std::string const& page, std::string const& series) {
        auto const at = page.find("\n" + series + " ");
        return at == page.npos ? -1 : std::stod(page.substr(at + series.size() + 2));
    }
    static std::string rpc(std::string const& body, std::string const& fields = {}) {
        return request("POST /mcp", body,
                       "Accept: application/json, text/event-stream\r\n" + fields);
    }
    static std::string initialize() {
        return rpc(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                   R"("protocolVersion":"2025-11-25","capabilities":{},)"
                   R"("clientInfo":{"name":"c","version":"1"}}})");
    }
};

TEST_F(OperationLoops, AllServeAndAreCountedTogether) {
    std::vector<mock::turn> turns(40, says({{"one", 0ms}}));
    auto const              fast = model("fast", turns);
    start("model_list:\n" + fast + listening);
    auto const  asked = R"(lockstep_requests_total{endpoint="/v1/chat/completions",)"
                        R"(model="fast",status="200"})";
    std::string page;
    auto        story = [&]() -> awaitable<void> {
        for (int i = 0; i < 40; ++i) EXPECT_EQ((co_await ask(chat("fast"))).head.status, 200u);
        // A request is counted when its client has its answer: another loop may be about to.
        auto const connected = co_await connect();
        for (int i = 0; i < 1000 && value_of(page, asked) != 40; ++i)
            page = (co_await ask(*connected, request("GET /metrics"))).body;
    };
    play::to_the_end(world, story());
    auto const first = value_of(page, R"(lockstep_connections_accepted_total{loop="0"})");
    auto const second = value_of(page, R"(lockstep_connections_accepted_total{loop="1"})");
    // The kernel shares them out by a hash of the addresses: that one of two gets none of 41
    // happens once in 2^40 times.
    EXPECT_GT(first, 0) << page;
    EXPECT_GT(second, 0) << page;
    EXPECT_EQ(first + second, 41) << page;
    EXPECT_EQ(value_of(page, asked), 40) << page;
    EXPECT_EQ(value_of(page, R"(lockstep_time_to_first_token_seconds_count{model="fast"})"), 40)
        << page;
}

TEST_F(OperationLoops, ASessionIsServedWhereverItsConnectionsArrive) {
    auto const tools = server();
    start("model_list: []\n" + tools + listening);
    std::string page;
    auto        story = [&]() -> awaitable<void> {
        for (int i = 0; i < 6; ++i) {
            auto const begun = co_await ask(initialize());
            EXPECT_EQ(begun.head.status, 200u) << begun.body;
            auto const mine = "MCP-Session-Id: " + begun.field("mcp-session-id") + "\r\n";
            auto const told = co_await ask(
                rpc(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", mine));
            EXPECT_EQ(told.head.status, 202u) << told.body;
            // On one connection, so that each answer must leave it usable; and on others.
            auto const kept = co_await connect();
            for (int call = 0; call < 6; ++call) {
                auto const bytes =
                    rpc(R"({"jsonrpc":"2.0","id":)" + std::to_string(call + 2) +
                                   R"(,"method":"tools/call","params":{"name":"files-read",)"
                                          R"("arguments":{"text":"x"}}})",
                               mine);
                auto const answer =
                    call % 2 == 0 ? co_await ask(*kept, bytes) : co_await ask(bytes);
                EXPECT_NE(answer.body.find("what was read"), std::string::npos)
                    << answer.head.status << ' ' << answer.body;
            }
            auto const ended = co_await ask(*kept, request("DELETE /mcp", "", mine));
            EXPECT_EQ(ended.head.status, 200u) << ended.body;
            auto const gone =
                co_await ask(rpc(R"({"jsonrpc":"2.0","id":9,"method":"ping"})", mine));
            EXPECT_EQ(gone.head.status, 404u) << gone.body;
        }
        page = (co_await ask(request("GET /metrics"))).body;
    };
    play::to_the_end(world, story());
    EXPECT_EQ(value_of(page, "lockstep_mcp_sessions"), 0) << page;
}

TEST_F(OperationLoops, AResponseIsGoneOnFromAnywhere) {
    std::vector<mock::turn> turns(13, says({{"one", 0ms}}));
    auto const              fast = model("fast", turns);
    start("model_list:\n" + fast + listening);
    auto story = [&]() -> awaitable<void> {
        json body;
        body["model"] = "fast";
        body["input"] = "hi";
        auto const first = co_await ask(request("POST /v1/responses", body.dump()));
        EXPECT_EQ(first.head.status, 200u) << first.body;
        body["previous_response_id"] = first.json()["id"];
        for (int i = 0; i < 12; ++i) {
            auto const next = co_await ask(request("POST /v1/responses", body.dump()));
            EXPECT_EQ(next.head.status, 200u) << next.body;
        }
    };
    play::to_the_end(world, story());
}

TEST_F(OperationLoops, TheBoundOfStreamsIsThatOfTheProcess) {
    std::vector<mock::turn> turns(12, says({{"one ", 0ms}, {"two", 1500ms}}));
    auto const              slow = model("slow", turns);
    start("model_list:\n" + slow + listening + "  streams_max: 3\n");
    auto story = [&]() -> awaitable<void> {
        std::vector<std::unique_ptr<play::http_client>> clients;
        for (int i = 0; i < 3; ++i) {
            clients.push_back(co_await connect());
            co_await head_and_first(*clients.back(), chat("slow"));
        }
        for (int i = 0; i < 8; ++i) EXPECT_EQ((co_await ask(chat("slow"))).head.status, 503u) << i;
    };
    play::to_the_end(world, story());
}

// Another one of the same user could take half of the clients away.
TEST_F(OperationLoops, TheAddressIsNobodyElses) {
    start(std::string("model_list: []\n") + listening);
    auto story = [&]() -> awaitable<void> {
        auto const second =
            world.world().network.spawn({{LOCKSTEP_PROGRAM, "proxy", "--config", file() + ".yaml",
                                          "--listen", "127.0.0.1:" + std::to_string(port)},
                                         {}});
        EXPECT_EQ(co_await second->exited(), 2);
        EXPECT_NE(second->last_words().find("cannot listen on 127.0.0.1:"), std::string::npos)
            << second->last_words();
    };
    play::to_the_end(world, story());
}

}  // namespace
