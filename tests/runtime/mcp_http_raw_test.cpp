#include <gtest/gtest.h>

#include "tests/runtime/mcp_http_play.hpp"
#include "wire/error.hpp"

// MCP over streamable HTTP, against a server that hears and says raw bytes.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;
using runtime::error;

// Hears each request and says what it was told to say, the nth thing to the nth request.
class RawMcpServer : public play::mcp_over_http {
protected:
    struct asked {
        runtime::http_request head;
        std::string           body;
        std::string           field(std::string const& name) const {
            auto const* value = runtime::find_field(head.fields, name);
            return value ? *value : std::string("none");
        }
    };

    explicit RawMcpServer(bool may_be_older = false)
        : play::mcp_over_http(may_be_older),
          listener(world.world().network.listen({"everything", 80})) {
        serving.spawn("accept", accept());
    }
    void TearDown() override {
        if (channel) play::mcp_over_http::TearDown();
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
        auto body = co_await reader.whole_body(limit);
        // A call that broke off is cancelled: that is a farewell and not a part of the story.
        if (body.find("notifications/cancelled") != body.npos) {
            ++cancel_count;
            co_return co_await s->write(plain("202 Accepted"));
        }
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
    int                                cancel_count = 0;
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

TEST_F(RawMcpServer, IsToldThatACallWhichBrokeOffIsNotWaitedForAnyMore) {
    EXPECT_EQ(said(events("")), play::named(error::no_answer));
    play::out(world, channel->end());
    EXPECT_EQ(cancel_count, 1);
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

// Of a server whose transport nobody has told, the first hello is refused.
class UntoldServer : public RawMcpServer, public testing::WithParamInterface<char const*> {
protected:
    UntoldServer() : RawMcpServer(true) {}

    // The methods of all requests.
    std::string methods() const {
        std::string all;
        for (auto const& one : requests) all += one.head.method + ' ';
        return all;
    }
    void refused() {
        answers = {plain(GetParam(), {}, "the first"), plain("405 No", {}, "the second")};
        auto story = [&]() -> awaitable<void> {
            auto       question = wire::mcp::initialize(std::int64_t{0}, "test", "1");
            auto const got = co_await play::call(*channel, std::move(question));
            EXPECT_EQ(got, play::named(error::not_accepted));
        };
        play::out(world, story());
        EXPECT_NE(channel->last_words().find("the first"), std::string::npos);
    }
};

class UntoldServerThatMayBeOlder : public UntoldServer {};
TEST_P(UntoldServerThatMayBeOlder, IsAskedForItsStream) {
    refused();
    EXPECT_EQ(methods(), "POST GET ");
}
INSTANTIATE_TEST_SUITE_P(Refusals, UntoldServerThatMayBeOlder,
                         testing::Values("400 Bad Request", "404 Not Found", "405 No"));

class UntoldServerThatIsNew : public UntoldServer {};
TEST_P(UntoldServerThatIsNew, IsNotAskedAgain) {
    refused();
    EXPECT_EQ(methods(), "POST ");
}
INSTANTIATE_TEST_SUITE_P(Refusals, UntoldServerThatIsNew,
                         testing::Values("401 Who", "403 No", "406 No", "500 Trouble"));

}  // namespace
