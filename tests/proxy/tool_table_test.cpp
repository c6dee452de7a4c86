#include "proxy/tool_table.hpp"

#include <memory>

#include <gtest/gtest.h>

namespace {

using nlohmann::json;
using proxy::mcp_function;
using proxy::own_function;
using proxy::unknown_tool;

proxy::mcp_server server(std::string const& name, std::string const& url) {
    proxy::mcp_server made;
    made.name = name;
    made.url = proxy::parse_http_url(url);
    return made;
}

// "demo", and "everything" with the alias "every".
proxy::config house() {
    proxy::config made;
    made.servers = {server("demo", "http://127.0.0.1:9002/mcp"),
                    server("everything", "http://127.0.0.1:9003/mcp")};
    made.servers[1].alias = "every";
    return made;
}

proxy::tool_selection select(std::string const& tools) {
    try {
        return proxy::select_tools(json::parse(tools), house());
    } catch (proxy::refused const& e) {
        ADD_FAILURE() << e.what();
        return {};
    }
}

wire::mcp::tool tool(std::string name, json schema = nullptr) {
    return {std::move(name), "does it", std::move(schema)};
}

std::vector<std::string> names(proxy::tool_table const& table) {
    std::vector<std::string> all;
    for (auto const& each : table.tools()) all.push_back(each.name);
    return all;
}

using words = std::vector<std::string>;

char const* const everything = R"([{"type":"mcp","server_url":"litellm_proxy"}])";

TEST(ToolTable, NamesToolsByTheirServer) {
    proxy::tool_table const table(
        house(), select(R"([{"type":"function","function":{"name":"own"}},
                            {"type":"mcp","server_url":"litellm_proxy","require_approval":"never"}])"),
        {{1, {tool("echo"), tool("add")}}, {0, {tool("echo"), tool("a-b")}}});
    EXPECT_EQ(names(table), (words{"demo-echo", "demo-a-b", "every-echo", "every-add", "own"}));
    EXPECT_EQ(table.mcp_count(), 4U);
    EXPECT_EQ(table.resolve("demo-echo"), (proxy::called_tool{mcp_function{0, "echo", true}}));
    EXPECT_EQ(table.resolve("demo-a-b"), (proxy::called_tool{mcp_function{0, "a-b", true}}));
    EXPECT_EQ(table.resolve("every-echo"), (proxy::called_tool{mcp_function{1, "echo", true}}));
    EXPECT_EQ(table.resolve("own"), proxy::called_tool{own_function{}});
    EXPECT_TRUE(table.notes().empty());
}

TEST(ToolTable, FindsABareNameIfOneServerHasIt) {
    proxy::tool_table const table(house(), select(everything),
                                  {{0, {tool("echo"), tool("a")}}, {1, {tool("echo"), tool("b")}}});
    EXPECT_EQ(table.resolve("b"), (proxy::called_tool{mcp_function{1, "b", false}}));
    EXPECT_EQ(table.resolve("echo"), proxy::called_tool{unknown_tool{}});
    for (auto const* name : {"", "c", "demo-b", "everything-b", "Demo-a", "demo-", "-a", "demo"})
        EXPECT_EQ(table.resolve(name), proxy::called_tool{unknown_tool{}}) << name;
}

TEST(ToolTable, PrefersTheCallersFunctionToABareName) {
    proxy::tool_table const table(house(), select(R"([{"type":"mcp","server_url":"litellm_proxy"},
                                             {"type":"function","function":{"name":"echo"}}])"),
                                  {{0, {tool("echo")}}});
    EXPECT_EQ(table.resolve("echo"), proxy::called_tool{own_function{}});
    EXPECT_EQ(table.resolve("demo-echo"), (proxy::called_tool{mcp_function{0, "echo", false}}));
    EXPECT_EQ(names(table), (words{"demo-echo", "echo"}));
}

TEST(ToolTable, LeavesOutTheSecondOfTwoEqualNames) {
    auto config = house();
    config.servers[0].name = "a";
    config.servers[1].alias = "a-b";  // the reader refuses it; the table must not rely on that
    auto const selection =
        proxy::select_tools(json::parse(R"([{"type":"mcp","server_url":"litellm_proxy"},
                        {"type":"function","function":{"name":"a-b-c"}}])"),
                            config);
    proxy::tool_table const table(config, selection,
                                  {{0, {tool("b-c"), tool("b-c")}}, {1, {tool("c")}}});
    EXPECT_EQ(names(table), (words{"a-b-c"}));
    EXPECT_EQ(table.resolve("a-b-c"), (proxy::called_tool{mcp_function{0, "b-c", false}}));
    EXPECT_EQ(table.resolve("c"), proxy::called_tool{unknown_tool{}});
    EXPECT_EQ(
        table.notes(),
        (words{"tool \"b-c\" of a is left out: the server lists it twice",
               "tool \"c\" of everything is left out: a tool of another server has the same name",
               "the caller's function \"a-b-c\" is left out: an MCP tool has the same name"}));
}

TEST(ToolTable, FillsInTheSchema) {
    struct sample {
        char const* listed;
        char const* told;
    } const samples[]{
        {"null", R"({"type":"object","properties":{},"additionalProperties":false})"},
        {"{}", R"({"type":"object","properties":{},"additionalProperties":false})"},
        {R"({"properties":{"a":{}},"required":["a"]})",
         R"({"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false})"},
        {R"({"type":"object","additionalProperties":true,"$defs":{}})",
         R"({"type":"object","properties":{},"additionalProperties":true,"$defs":{}})"},
    };
    for (auto const& s : samples) {
        proxy::tool_table const table(house(), select(everything),
                                      {{0, {tool("t", json::parse(s.listed))}}});
        ASSERT_EQ(table.tools().size(), 1U);
        EXPECT_EQ(table.tools()[0].parameters, json::parse(s.told)) << s.listed;
        EXPECT_EQ(table.tools()[0].description, "does it");
        EXPECT_TRUE(table.tools()[0].original.is_null());
    }
}

TEST(ToolTable, LeavesOutWhatNoProviderWouldTake) {
    auto config = house();
    config.limits.tool_description_max = 7;
    config.limits.tool_schema_max = 20;
    auto long_description = tool("long_description");
    long_description.description = "does it!";
    std::vector<wire::mcp::tool> const flawed{
        tool(""),
        tool(std::string(60, 'x')),
        tool("a b"),
        tool("a/b"),
        tool("\xc3\xa4"),
        tool("a\x1b[31m\n"),
        tool(std::string("a\0b", 3)),
        tool("\xff"),
        long_description,
        tool("list", json::array()),
        tool("text", json::parse(R"({"type":"string"})")),
        tool("large", json::parse(R"({"description":"12345"})")),
    };
    auto listed = flawed;
    listed.push_back(tool(std::string(59, 'y')));
    listed.push_back(tool("A.b_c-9", json::parse(R"({"description":"12"})")));
    proxy::tool_table const table(config, select(everything), {{0, listed}});
    EXPECT_EQ(names(table), (words{"demo-" + std::string(59, 'y'), "demo-A.b_c-9"}));
    EXPECT_EQ(table.notes().size(), flawed.size());
    for (auto const& note : table.notes())
        for (char const c : note) EXPECT_TRUE(c >= ' ' && c <= '~') << note;
}

TEST(ToolTable, KeepsTheFiltersOfTheConfiguration) {
    auto config = house();
    config.servers[0].allowed_tools = {"a", "demo-b"};
    config.servers[0].disallowed_tools = {"a"};  // the other list wins
    config.servers[1].disallowed_tools = {"a", "every-b"};
    std::vector<wire::mcp::tool> const three{tool("a"), tool("b"), tool("A")};
    proxy::tool_table const            table(config, select(everything), {{0, three}, {1, three}});
    EXPECT_EQ(names(table), (words{"demo-a", "demo-b", "every-A"}));
    EXPECT_EQ(table.resolve("A"), (proxy::called_tool{mcp_function{1, "A", false}}));
}

TEST(ToolTable, KeepsTheFiltersOfEachEntryToItself) {
    std::vector<wire::mcp::tool> const three{tool("a"), tool("b"), tool("c")};
    proxy::tool_table const            table(
        house(),
        select(
            R"([{"type":"mcp","server_url":"litellm_proxy/mcp/demo","allowed_tools":["a","demo-b"],
                    "require_approval":{"never":{"tool_names":["demo-a","b"]},
                                        "always":{"tool_names":["b"]}}},
                   {"type":"mcp","server_url":"litellm_proxy/mcp/demo","allowed_tools":["a","c"],
                    "require_approval":"never"},
                   {"type":"mcp","server_url":"litellm_proxy/mcp/every","allowed_tools":["c"]}])"),
        {{0, three}, {1, three}});
    EXPECT_EQ(names(table), (words{"demo-a", "demo-b", "demo-c", "every-c"}));
    EXPECT_EQ(table.resolve("demo-a"), (proxy::called_tool{mcp_function{0, "a", true}}));
    EXPECT_EQ(table.resolve("demo-b"), (proxy::called_tool{mcp_function{0, "b", false}}));
    EXPECT_EQ(table.resolve("demo-c"), (proxy::called_tool{mcp_function{0, "c", true, 1}}));
    EXPECT_EQ(table.resolve("every-c"), (proxy::called_tool{mcp_function{1, "c", false, 2}}));
    EXPECT_TRUE(table.notes().empty());
}

TEST(ToolTable, TheFirstEntryDecidesWhoRunsATool) {
    proxy::tool_table const table(
        house(),
        select(R"([{"type":"mcp","server_url":"litellm_proxy/mcp/demo","require_approval":"always"},
                   {"type":"mcp","server_url":"litellm_proxy/mcp/demo","require_approval":"never"}])"),
        {{0, {tool("a")}}});
    EXPECT_EQ(table.resolve("demo-a"), (proxy::called_tool{mcp_function{0, "a", false}}));
}

TEST(ToolTable, IgnoresServersNobodyAskedFor) {
    proxy::tool_table const table(
        house(), select(R"([{"type":"mcp","server_url":"litellm_proxy/mcp/demo"}])"),
        {{1, {tool("a")}}, {0, {tool("b")}}});
    EXPECT_EQ(names(table), (words{"demo-b"}));
}

TEST(ToolTable, SurvivesBeingCopied) {
    auto original = std::make_unique<proxy::tool_table>(
        house(), select(everything), std::vector<proxy::listed_tools>{{0, {tool("a")}}});
    auto const copy = *original;
    original.reset();
    EXPECT_EQ(copy.resolve("a"), (proxy::called_tool{mcp_function{0, "a", false}}));
}

TEST(ToolTable, ARequestForToolsThatGetsNoneIsRefused) {
    auto const refuse = [](std::string const&                      tools,
                           std::vector<proxy::listed_tools> const& lists) {
        auto const selection = select(tools);
        proxy::refuse_if_nothing_selected(selection, {house(), selection, lists});
    };
    EXPECT_NO_THROW(refuse("[]", {}));
    EXPECT_NO_THROW(refuse(everything, {{0, {tool("a")}}}));
    EXPECT_NO_THROW(refuse(R"([{"type":"mcp","server_url":"litellm_proxy"},
                               {"type":"function","function":{"name":"own"}}])",
                           {}));
    try {
        refuse(everything, {{0, {}}});
        FAIL() << "it was taken";
    } catch (proxy::refused const& e) {
        EXPECT_EQ(e.problem().status, 400);
        EXPECT_EQ(e.problem().param, "tools[0].server_url");
        EXPECT_EQ(e.problem().message,
                  "tools[0]: 0 MCP tools were found for server_url \"litellm_proxy\"; see "
                  "allowed_tools, here and in the configuration of the server");
    }
}

}  // namespace
