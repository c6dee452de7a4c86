#include <algorithm>

#include "proxy/restart_pace.hpp"
#include "tests/proxy/limits_play.hpp"
#include "wire/mcp.hpp"

// Limits of what an MCP server says, and of the sessions of clients.

namespace {

using namespace std::chrono_literals;
using enum mock::provider_verb;
using nlohmann::json;
using play::verdict;

class McpLimits : public play::limits_stage {
protected:
    static mock_mcp::mcp_step result_step(json result) {
        mock_mcp::mcp_step one;
        one.json = std::move(result);
        return one;
    }
    void start_lists(std::vector<json> const& pages) {
        mock_mcp::mcp_script script;
        script.name = "everything";
        script.transport = "streamable-http";
        for (auto const& page : pages)
            script.methods.push_back({"tools/list", {result_step(page)}, 0});
        servers.emplace_back(world.world(), trace, script)
            .start(world.world().network.listen({"everything", 80}));
    }
    static json tool(std::string name, std::string description = {}, std::string in_schema = {}) {
        json one;
        one["name"] = std::move(name);
        one["description"] = std::move(description);
        one["inputSchema"]["type"] = "object";
        if (!in_schema.empty()) one["inputSchema"]["title"] = std::move(in_schema);
        return one;
    }
    static json page_of(std::vector<json> const& tools, std::string const& next = {}) {
        json page;
        page["tools"] = tools;
        if (!next.empty()) page["nextCursor"] = next;
        return page;
    }
    static std::string question_with_tools() {
        json body;
        body["model"] = "gpt-4o";
        body["messages"] = json::array({play::user_says("hello")});
        body["tools"] = play::mcp_tools();
        return chat(body);
    }
    // How many tools the model was told of.
    std::size_t offered(int turn) {
        say(question_with_tools());
        auto const told = turn_detail("openai", turn)["body"];
        return told.contains("tools") ? told["tools"].size() : 0;
    }
    void start_answers(std::size_t count) {
        std::vector<mock::turn> turns(count, says({step(text, "hi"), step(finish, "stop")}));
        start_provider("openai", turns);
    }
    std::string hello(std::string const& key = client_key) {
        std::string const body =
            R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
            R"("2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";
        return "POST /mcp HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " + key +
               "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json"
               "\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }
};

// A tool's result, in chat and as a message of /mcp.
TEST_F(McpLimits, ResultOfATool) {
    std::size_t const  limit = 1000;
    std::int64_t const relayed = 100'000'000'000'000;  // as many digits as ids at /mcp have
    auto const         filled = [&](std::int64_t id, std::size_t n) {
        wire::rpc_response bare{wire::rpc_id(id), wire::mcp::text_result(""), {}};
        return std::string(n - wire::to_text(bare).size(), 'a');
    };
    start_server({{"chat0", filled(3, limit)},
                  {"chat1", filled(4, limit + 1)},
                  {"chat2", filled(5, 10 * limit)},
                  {"rpc0", filled(relayed, limit)},
                  {"rpc1", filled(relayed, limit + 1)},
                  {"rpc2", filled(relayed, 10 * limit)}});
    std::vector<mock::turn> turns;
    for (auto const* name : {"chat0", "chat1", "chat2"}) {
        turns.push_back(says({calls(name, {{"text", "x"}}), step(finish, "tool_calls")}));
        if (name == std::string("chat0"))
            turns.push_back(says({step(text, "hi"), step(finish, "stop")}));
    }
    start_provider("openai", turns);
    start_gateway({"tool_result_max: 1000"});
    expect_limit({"tool_result_max", "502 tool_failed"}, limit,
                 [&](std::size_t) { return say(question_with_tools()); });

    int next = 0;
    expect_limit({"tool_result_max", "200 -32603"}, limit, [&](std::size_t) {
        auto const session = asked(hello()).field("MCP-Session-Id");
        auto const call = R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":)"
                          R"("everything-rpc)" +
                          std::to_string(next++) + R"(","arguments":{"text":"x"}}})";
        return say(mcp(call, "MCP-Session-Id: " + session + "\r\n"));
    });
}

TEST_F(McpLimits, ToolsOfAServer) {
    auto const tools = [](std::size_t n) {
        std::vector<json> all;
        for (std::size_t i = 0; i < n; ++i) all.push_back(tool("t" + std::to_string(i)));
        return all;
    };
    start_lists({page_of(tools(4)), page_of(tools(5)), page_of(tools(40))});
    start_answers(3);
    start_gateway({"tools_max: 4"});
    expect_limit({"tools_max", "502 listing_failed"}, 4,
                 [&](std::size_t) { return say(question_with_tools()); });
    EXPECT_EQ(turn_detail("openai", 1)["body"]["tools"].size(), 4u);
}

TEST_F(McpLimits, PagesOfAList) {
    std::vector<json> pages;
    for (std::size_t const count : {3u, 4u, 30u})
        for (std::size_t i = 0; i < std::min<std::size_t>(count, 3); ++i)
            pages.push_back(page_of({tool("t" + std::to_string(i))},
                                    i + 1 < count ? "c" + std::to_string(i + 1) : ""));
    start_lists(pages);
    start_answers(3);
    start_gateway({"list_pages_max: 3"});
    expect_limit({"list_pages_max", "502 listing_failed"}, 3,
                 [&](std::size_t) { return say(question_with_tools()); });
    EXPECT_EQ(turn_detail("openai", 1)["body"]["tools"].size(), 3u);
}

TEST_F(McpLimits, NameDescriptionAndSchemaOfATool) {
    auto const schema = [](std::size_t n) {
        auto const bare = tool("x", "", "a")["inputSchema"].dump().size() - 1;
        return tool("schema" + std::to_string(n), "", std::string(n - bare, 'a'));
    };
    std::vector<json> all;
    for (std::size_t const n : {20u, 21u, 50u}) all.push_back(tool(std::string(n, 'n')));
    for (std::size_t const n : {100u, 101u, 1000u})
        all.push_back(tool("description" + std::to_string(n), std::string(n, 'd')));
    for (std::size_t const n : {200u, 201u, 2000u}) all.push_back(schema(n));
    start_lists({page_of(all)});
    start_answers(1);
    start_gateway({"tool_name_max: 20", "tool_description_max: 100", "tool_schema_max: 200"});
    EXPECT_EQ(offered(1), 3u);
    for (auto const* said : {"tool_name_max is 20 bytes", "tool_description_max is 100 bytes",
                             "tool_schema_max is 200 bytes"})
        EXPECT_EQ(std::count_if(log.begin(), log.end(),
                                [&](auto const& l) { return l.find(said) != l.npos; }),
                  2)
            << said;
}

TEST_F(McpLimits, SessionsOfOneKeyAndOfAll) {
    start_server({{"echo", "hello"}});
    start_gateway({"mcp_sessions_per_key_max: 3", "mcp_sessions_max: 5", "keys: [sk-a, sk-b]"});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(say(hello("sk-a")).said, "200");
    for (int i = 0; i < 2; ++i) {
        auto const one_more = say(hello("sk-a"));
        EXPECT_EQ(one_more.said, "429 -32603");
        EXPECT_EQ(one_more.retry_after, "1");
        EXPECT_NE(one_more.words.find("mcp_sessions_per_key_max is 3"), std::string::npos);
    }
    for (int i = 0; i < 2; ++i) EXPECT_EQ(say(hello("sk-b")).said, "200");
    for (int i = 0; i < 30; ++i) {
        auto const full = say(hello("sk-b"));
        EXPECT_EQ(full.said, "503 -32603");
        EXPECT_EQ(full.retry_after, "1");
        EXPECT_NE(full.words.find("mcp_sessions_max is 5"), std::string::npos);
    }
}

// The master key is the operator's: only the limit of all holds for it.
TEST_F(McpLimits, SessionsOfTheMasterKey) {
    start_server({{"echo", "hello"}});
    start_gateway({"mcp_sessions_per_key_max: 2", "mcp_sessions_max: 5"});
    for (int i = 0; i < 5; ++i) EXPECT_EQ(say(hello()).said, "200");
    EXPECT_EQ(say(hello()).said, "503 -32603");
}

TEST(RestartPaceLimits, PausesDoubleAndSoManyRestartsAreAllowed) {
    proxy::limits limits;
    limits.restarts_max = 3;
    limits.restart_window = 60s;
    limits.restart_pause_first = 100ms;
    limits.restart_pause_max = 300ms;
    proxy::restart_pace pace;
    runtime::time_point now{100s};
    EXPECT_LE(pace.next(), now);
    for (auto const pause : {100ms, 200ms, 300ms}) {  // the first start, and two restarts
        pace.died(now, limits);
        EXPECT_EQ(pace.next(), now + pause);
        EXPECT_FALSE(pace.down(now, "s", limits));
        now += 1s;
    }
    pace.died(now, limits);  // the third restart
    EXPECT_EQ(pace.down(now, "s", limits),
              "MCP server 's' is down: it has ended 4 times within 60s, and restarts_max is 3");
    EXPECT_TRUE(pace.down(runtime::time_point{159s}, "s", limits));
    EXPECT_FALSE(pace.down(runtime::time_point{160s}, "s", limits)) << "the first is forgotten";
    pace.died(runtime::time_point{1000s}, limits);
    EXPECT_EQ(pace.next(), runtime::time_point{1000s} + 100ms) << "it has lived long";
}

}  // namespace
