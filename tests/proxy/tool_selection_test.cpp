#include "proxy/tool_selection.hpp"

#include <gtest/gtest.h>

namespace {

using nlohmann::json;

proxy::mcp_server server(std::string const& name, std::string const& url) {
    proxy::mcp_server made;
    made.name = name;
    made.url = proxy::parse_http_url(url);
    return made;
}

// "demo", and "everything" with the alias "every"; all below https://guests.example/team is
// allowed.
proxy::config house() {
    proxy::config made;
    made.servers = {server("demo", "http://127.0.0.1:9002/mcp"),
                    server("everything", "http://127.0.0.1:9003/mcp")};
    made.servers[1].alias = "every";
    made.allowed_mcp_urls = {proxy::parse_http_url("https://guests.example/team"),
                             proxy::parse_http_url("http://127.0.0.1:9009")};
    return made;
}

proxy::request_problem refusal(std::string const& tools) {
    try {
        proxy::select_tools(json::parse(tools), house());
    } catch (proxy::refused const& e) {
        return e.problem();
    }
    ADD_FAILURE() << "taken: " << tools;
    return {};
}

proxy::tool_selection select(std::string const& tools) {
    try {
        return proxy::select_tools(json::parse(tools), house());
    } catch (proxy::refused const& e) {
        ADD_FAILURE() << e.what();
        return {};
    }
}

json with_url(std::string const& url) {
    return json::array({{{"type", "mcp"}, {"server_url", url}, {"server_label", "guest"}}});
}

TEST(ToolSelection, FindsServersByTheirNames) {
    struct sample {
        char const*                      url;
        std::vector<proxy::server_index> servers;
    };
    for (auto const& s : std::vector<sample>{{"litellm_proxy", {0, 1}},
                                             {"litellm_proxy/mcp", {0, 1}},
                                             {"litellm_proxy/mcp/demo", {0}},
                                             {"litellm_proxy/mcp/everything", {1}},
                                             {"litellm_proxy/mcp/every", {1}},
                                             {"http://127.0.0.1:9003/mcp", {1}}})
        EXPECT_EQ(proxy::select_tools(with_url(s.url), house()).servers(), s.servers) << s.url;
}

TEST(ToolSelection, NamesEachServerOnce) {
    auto const made = select(R"([{"type":"mcp","server_url":"litellm_proxy/mcp/every"},
                                 {"type":"mcp","server_url":"litellm_proxy"}])");
    EXPECT_EQ(made.servers(), (std::vector<proxy::server_index>{1, 0}));
    EXPECT_EQ(made.entries[1].position, 1U);
}

TEST(ToolSelection, TakesNoToolsForNone) {
    EXPECT_TRUE(proxy::select_tools(json(), house()).entries.empty());
    EXPECT_TRUE(select("[]").own.empty());
}

TEST(ToolSelection, SaysWhichServersThereAre) {
    auto const problem = refusal(R"([{"type":"mcp","server_url":"litellm_proxy/mcp/everthing"}])");
    EXPECT_EQ(problem.status, 400);
    EXPECT_EQ(problem.type, "invalid_request_error");
    EXPECT_EQ(problem.code, "mcp_server_not_found");
    EXPECT_EQ(problem.param, "tools[0].server_url");
    EXPECT_EQ(problem.message,
              "tools[0].server_url: there is no MCP server 'everthing'; known: 'demo' and "
              "'everything'; did you mean 'everything'?");
}

TEST(ToolSelection, RefusesWhatOnlyBeginsLikeAName) {
    for (auto const* url :
         {"litellm_proxyXYZ", "litellm_proxy/", "litellm_proxy/demo", "litellm_proxy/mcpX",
          "litellm_proxy/mcp//demo", "litellm_proxy/mcp/", "litellm_proxy/mcp/demo/",
          "litellm_proxy/mcp/demo,every", "litellm_proxy/mcp/../mcp/demo", "litellm_proxy/mcp/Demo",
          "litellm_proxy/mcp/demo ", "litellm_proxy/mcp/%64emo", "litellm_proxy@evil",
          "litellm_proxy.evil/mcp/demo", "LITELLM_PROXY", " litellm_proxy", ""})
        EXPECT_THROW(proxy::select_tools(with_url(url), house()), proxy::refused) << url;
}

TEST(ToolSelection, GoesToNoAddressButTheConfigured) {
    for (auto const* url :
         {"http://evil.example/mcp/demo", "http://127.0.0.1:9002/mcp/",
          "http://127.0.0.1:9002/mcp/x", "http://127.0.0.1:9002/MCP", "http://127.0.0.1:9002/mcp?x",
          "http://127.0.0.1:9002/mcp#x", "HTTP://127.0.0.1:9002/mcp", "http://127.0.0.1:09002/mcp",
          "http://127.0.0.1.:9002/mcp", "http://0x7f.1:9002/mcp", "http://2130706433:9002/mcp",
          "http://017700000001:9002/mcp", "http://127.1:9002/mcp", "http://localhost:9002/mcp",
          "http://[::1]:9002/mcp", "http://[::ffff:127.0.0.1]:9002/mcp",
          "http://u@127.0.0.1:9002/mcp", "http://127.0.0.1:9002@evil/mcp",
          "http://127.0.0.1:9002\\@evil/mcp", "https://127.0.0.1:9002/mcp",
          " http://127.0.0.1:9002/mcp", "http://127.0.0.1:9002/mcp\n",
          "http://127.0.0.1:9002/%6dcp", "file:///etc/passwd", "//127.0.0.1:9002/mcp",
          // Near what allowed_mcp_urls lets in.
          "https://guests.example/teams", "https://guests.example/team.evil",
          "https://guests.example/team/../admin", "https://guests.example/team/./x",
          "https://guests.example/team/..", "https://guests.example/team/%2e%2e/admin",
          "https://guests.example/team/x?y", "https://guests.example/team/x#y",
          "https://guests.example/team\\..\\admin", "https://guests.example/team/x@y",
          "https://guests.example/", "https://guests.example", "http://guests.example/team",
          "https://Guests.example/team", "https://guests.example./team",
          "https://guests.example:443/team", "https://u@guests.example/team",
          "https://guests.example/Team", "https://guests.example.evil/team",
          "http://127.0.0.1:90091/x", "http://127.0.0.1:9009.evil/x",
          "http://127.0.0.1:9009@evil/x", "http://127.0.0.1:9009?x", "http://127.0.0.1:9009\\x"}) {
        try {
            proxy::select_tools(with_url(url), house());
            ADD_FAILURE() << "taken: " << url;
        } catch (proxy::refused const& e) {
            EXPECT_EQ(e.problem().code, "server_url_not_allowed") << url;
            EXPECT_EQ(e.problem().status, 400);
            EXPECT_NE(e.problem().message.find("not allowed by the gateway's configuration"),
                      std::string::npos);
        }
    }
}

TEST(ToolSelection, VisitsWhatTheConfigurationAllows) {
    auto const config = house();
    for (auto const* url : {"https://guests.example/team", "https://guests.example/team/",
                            "https://guests.example/team/a_b/v1.2/mcp", "http://127.0.0.1:9009",
                            "http://127.0.0.1:9009/mcp"}) {
        auto const made = proxy::select_tools(with_url(url), config);
        ASSERT_EQ(made.visiting.size(), 1U) << url;
        ASSERT_EQ(made.servers(), (std::vector<proxy::server_index>{2})) << url;
        auto const& guest = made.server(config, 2);
        EXPECT_EQ(guest.url, proxy::parse_http_url(url));
        EXPECT_EQ(guest.name, "guest");
        EXPECT_TRUE(guest.headers.empty());
        EXPECT_EQ(guest.tool_call, config.timeouts.tool_call);
    }
}

TEST(ToolSelection, VisitsOneAddressOnceAndTwoUnderTwoNames) {
    auto const entry = [](std::string const& path, std::string const& label) {
        return R"({"type":"mcp","server_url":"https://guests.example/team/)" + path +
               R"(","server_label":")" + label + "\"}";
    };
    EXPECT_EQ(select("[" + entry("a", "x-y") + "," + entry("a", "z") + "]").visiting.size(), 1U);
    EXPECT_EQ(select("[" + entry("a", "x-y") + "]").visiting[0].name, "x_y");
    EXPECT_EQ(select("[" + entry("a", "x") + "," + entry("b", "y") + "]").servers(),
              (std::vector<proxy::server_index>{2, 3}));
    EXPECT_EQ(refusal("[" + entry("a", "x") + "," + entry("b", "x") + "]").param,
              "tools[1].server_label");
    EXPECT_EQ(refusal("[" + entry("a", "demo") + "]").code, "duplicate_label");
    EXPECT_EQ(refusal("[" + entry("a", "every") + "]").code, "duplicate_label");
    EXPECT_EQ(refusal("[" + entry("a", "") + "]").code, "missing_parameter");
}

TEST(ToolSelection, ReadsFiltersAndApprovalOfEachEntry) {
    auto const made = select(R"([
        {"type":"mcp","server_url":"litellm_proxy","server_label":"a","require_approval":"never",
         "allowed_tools":["x","y"]},
        {"type":"mcp","server_url":"litellm_proxy","require_approval":"always",
         "allowed_tools":{"tool_names":["z"]}},
        {"type":"mcp","server_url":"litellm_proxy","headers":null,
         "require_approval":{"never":{"tool_names":["r"]},"always":{"tool_names":["s"]}}},
        {"type":"mcp","server_url":"litellm_proxy","require_approval":"Never"}])");
    ASSERT_EQ(made.entries.size(), 4U);
    EXPECT_TRUE(made.entries[0].run_here);
    EXPECT_EQ(made.entries[0].server_label, "a");
    EXPECT_EQ(made.entries[0].allowed_tools, (std::vector<std::string>{"x", "y"}));
    EXPECT_FALSE(made.entries[1].run_here);
    EXPECT_EQ(made.entries[1].allowed_tools, (std::vector<std::string>{"z"}));
    EXPECT_FALSE(made.entries[2].run_here);
    EXPECT_EQ(made.entries[2].run_here_tools, (std::vector<std::string>{"r"}));
    EXPECT_EQ(made.entries[2].ask_first_tools, (std::vector<std::string>{"s"}));
    EXPECT_FALSE(made.entries[3].run_here);
}

TEST(ToolSelection, RefusesWhatItCannotKeep) {
    struct sample {
        char const* tools;
        char const* param;
        char const* code;
    } const samples[]{
        {R"({})", "tools", "invalid_type"},
        {R"("mcp")", "tools", "invalid_type"},
        {R"([1])", "tools[0]", "invalid_type"},
        {R"([null])", "tools[0]", "invalid_type"},
        {R"([{"type":"function","function":{"name":"f"}},{}])", "tools[1].type",
         "missing_parameter"},
        {R"([{"type":5}])", "tools[0].type", "missing_parameter"},
        {R"([{"type":"mpc"}])", "tools[0].type", "unknown_tool_type"},
        {R"([{"type":"MCP","server_url":"litellm_proxy"}])", "tools[0].type", "unknown_tool_type"},
        {R"([{"type":"mcp"}])", "tools[0].server_url", "missing_parameter"},
        {R"([{"type":"mcp","server_url":["litellm_proxy"]}])", "tools[0].server_url",
         "missing_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","headers":{}}])", "tools[0].headers",
         "unsupported_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","headers":{"Authorization":"x"}}])",
         "tools[0].headers", "unsupported_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","authorization":"x"}])",
         "tools[0].authorization", "unsupported_parameter"},
        {R"([{"type":"mcp","connector_id":"x"}])", "tools[0].connector_id",
         "unsupported_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","server_label":5}])",
         "tools[0].server_label", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","allowed_tools":"x"}])",
         "tools[0].allowed_tools", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","allowed_tools":[1]}])",
         "tools[0].allowed_tools", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","allowed_tools":{}}])",
         "tools[0].allowed_tools", "missing_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","allowed_tools":{"read_only":true}}])",
         "tools[0].allowed_tools.read_only", "unsupported_parameter"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","allowed_tools":{"tool_names":5}}])",
         "tools[0].allowed_tools.tool_names", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","require_approval":true}])",
         "tools[0].require_approval", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","require_approval":{"never":[]}}])",
         "tools[0].require_approval.never", "invalid_type"},
        {R"([{"type":"mcp","server_url":"litellm_proxy","require_approval":{"nevr":{}}}])",
         "tools[0].require_approval.nevr", "unsupported_parameter"},
        {R"([{"type":"function"}])", "tools[0].function", "missing_parameter"},
        {R"([{"type":"function","function":{}}])", "tools[0].function.name", "missing_parameter"},
        {R"([{"type":"function","function":{"name":""}}])", "tools[0].function.name",
         "missing_parameter"},
        {R"([{"type":"function","function":{"name":"f","parameters":[]}}])",
         "tools[0].function.parameters", "invalid_type"},
        {R"([{"type":"function","function":{"name":"f","description":1}}])",
         "tools[0].function.description", "invalid_type"},
    };
    for (auto const& s : samples) {
        auto const problem = refusal(s.tools);
        EXPECT_EQ(problem.param, s.param) << s.tools;
        EXPECT_EQ(problem.code, s.code) << s.tools;
        EXPECT_EQ(problem.status, 400);
        EXPECT_TRUE(problem.message.starts_with(problem.param + ": ")) << problem.message;
    }
}

TEST(ToolSelection, RepeatsOnlyTheBeginningOfALongName) {
    std::string name(199, 'a');
    for (int i = 0; i < 5000; ++i) name += "\xc3\xa4";
    auto const message = refusal(with_url("litellm_proxy/mcp/" + name).dump()).message;
    EXPECT_LT(message.size(), 400U);
    EXPECT_NO_THROW(json(message).dump());  // cut between two characters
}

TEST(ToolSelection, KeepsTheCallersFunctionsWhole) {
    auto const made = select(R"([
        {"type":"function","function":{"name":"b","description":"B","parameters":{"type":"object"},
         "strict":true},"extra":[1]},
        {"type":"mcp","server_url":"litellm_proxy"},
        {"type":"function","function":{"name":"a"}}])");
    ASSERT_EQ(made.own.size(), 2U);
    EXPECT_EQ(made.own[0].name, "b");
    EXPECT_EQ(made.own[0].description, "B");
    EXPECT_EQ(made.own[0].parameters, json::parse(R"({"type":"object"})"));
    EXPECT_EQ(made.own[0].original["extra"], json::array({1}));
    EXPECT_EQ(made.own[0].original["function"]["strict"], true);
    EXPECT_EQ(made.own[1].name, "a");
    EXPECT_EQ(made.own[1].parameters, json::object());
}

}  // namespace
