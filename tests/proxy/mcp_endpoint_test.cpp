#include <gtest/gtest.h>

#include "proxy/mcp_headers.hpp"
#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_replay.hpp"

using namespace std::chrono_literals;

TEST(McpReplay, GoesOnBehindAnyEvent) {
    proxy::mcp_replay stream(7, 1000);
    stream.expect(1);
    stream.answer("one");
    EXPECT_TRUE(stream.finished());
    EXPECT_EQ(stream.id_of(1), "7-1");
    ASSERT_TRUE(stream.attach(0));
    ASSERT_NE(stream.next(0), nullptr);
    EXPECT_EQ(stream.next(0)->bytes, "event: message\nid: 7-1\ndata: one\n\n");
    EXPECT_EQ(stream.next(1), nullptr);
    ASSERT_TRUE(stream.attach(1));
    EXPECT_FALSE(stream.attach(2)) << "that was never said";
}

TEST(McpReplay, ANewReaderTakesTheOldOnesPlace) {
    proxy::mcp_replay stream(1, 1000);
    auto const        first = stream.attach(0);
    auto const        second = stream.attach(0);
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(stream.reads(*first));
    stream.detach(*first);
    EXPECT_TRUE(stream.reads(*second));
}

TEST(McpHeaders, TypesAreTakenByNameOrGroup) {
    EXPECT_TRUE(proxy::accepts("application/json, Text/Event-Stream;q=0.5", "text/event-stream"));
    EXPECT_TRUE(proxy::accepts("*/*", "application/json"));
    EXPECT_TRUE(proxy::accepts("text/*", "text/event-stream"));
    EXPECT_FALSE(proxy::accepts("application/json", "text/event-stream"));
    EXPECT_FALSE(proxy::accepts("", "text/event-stream"));
}

TEST(McpHeaders, StrangersAreTold) {
    proxy::config c;
    for (auto const* own : {"http://localhost:3000", "http://127.0.0.1", "https://[::1]:1"})
        EXPECT_TRUE(proxy::is_own_origin(own, c)) << own;
    for (auto const* other : {"null", "https://evil.example", "http://localhost.evil.example", ""})
        EXPECT_FALSE(proxy::is_own_origin(other, c)) << other;
    EXPECT_TRUE(proxy::is_own_host("localhost:4000", c));
    EXPECT_FALSE(proxy::is_own_host("evil.example:4000", c));
    c.allowed_origins = {"https://desk.example"};
    c.allowed_hosts = {"gateway.example"};
    EXPECT_TRUE(proxy::is_own_origin("https://desk.example", c));
    EXPECT_TRUE(proxy::is_own_host("gateway.example:4000", c));
}

TEST(McpHeaders, EventIdsAreRead) {
    ASSERT_TRUE(proxy::read_event_id("7-12"));
    EXPECT_EQ(proxy::read_event_id("7-12")->event, 12u);
    for (auto const* bad : {"", "7", "7-", "-7", "7-x", "7-1-2", "99999999999999999999-1"})
        EXPECT_FALSE(proxy::read_event_id(bad)) << bad;
}

TEST(McpLists, NamesGetTheServersInFrontAndAllElseStays) {
    proxy::mcp_server server;
    server.name = "files";
    server.disallowed_tools = {"write"};
    auto const all = proxy::shown(*proxy::find_mcp_list("tools/list"), server, true,
                                  R"([{"x":1.0,"name":"read"},{"name":"write"}])", {}, {});
    EXPECT_EQ(proxy::to_array(all), R"([{"x":1.0,"name":"files-read"}])");
}

TEST(McpLists, CapabilitiesAreThoseOfAny) {
    EXPECT_EQ(
        proxy::merged_capabilities(
            {R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})",
             R"({"tools":{"listChanged":true},"tasks":{"list":{}},"unknown":{}})"}),
        R"({"tasks":{"list":{},"requests":{"tools":{"call":{}}}},"tools":{"listChanged":true}})");
}
