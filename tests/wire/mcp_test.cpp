#include "wire/mcp.hpp"

#include <gtest/gtest.h>

#include "tests/wire/throws.hpp"

namespace {

namespace mcp = wire::mcp;
using nlohmann::json;

TEST(McpRequests, AreSpelledAsTheRevisionWants) {
    EXPECT_EQ(json::parse(wire::to_text(mcp::initialize(1, "gateway", "0.1"))), json::parse(R"({
        "jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
        "capabilities":{},"clientInfo":{"name":"gateway","version":"0.1"}}})"));
    EXPECT_EQ(mcp::list_tools("a", std::nullopt).params, json::object());
    EXPECT_EQ(mcp::list_tools("a", "").params, json::parse(R"({"cursor":""})"));
    EXPECT_EQ(mcp::list_tools("a", "next").params, json::parse(R"({"cursor":"next"})"));
    EXPECT_EQ(mcp::call_tool(2, "f", nullptr, std::nullopt).params,
              json::parse(R"({"name":"f","arguments":{}})"));
    EXPECT_EQ(mcp::call_tool(2, "f", {{"x", 1}}, json("t")).params,
              json::parse(R"({"name":"f","arguments":{"x":1},"_meta":{"progressToken":"t"}})"));
}

TEST(McpNotifications, NameWhatTheyAreAbout) {
    EXPECT_EQ(wire::to_text(mcp::initialized()),
              R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    EXPECT_EQ(mcp::cancelled(7, "late").params, json::parse(R"({"requestId":7,"reason":"late"})"));
    EXPECT_EQ(mcp::cancelled("a", "").params, json::parse(R"({"requestId":"a"})"));
    mcp::progress const made{"t", 3, 10, "third"};
    auto const          back = mcp::read_progress(mcp::progressed(made).params);
    EXPECT_EQ(back.token, made.token);
    EXPECT_EQ(back.value, 3);
    EXPECT_EQ(back.total, 10);
    EXPECT_EQ(back.message, "third");
}

TEST(McpResults, WrittenByTheMockAreReadBack) {
    EXPECT_EQ(mcp::read_initialized(mcp::initialize_result("tools", "2025-06-18")), "2025-06-18");
    EXPECT_TRUE(mcp::knows_revision(mcp::revision));
    EXPECT_TRUE(mcp::knows_revision("2025-06-18"));
    EXPECT_FALSE(mcp::knows_revision("1999-01-01"));

    mcp::tool_page page{{{"f", "does f", {{"type", "object"}}}, {"g", "", nullptr}}, "more"};
    auto const     back = mcp::read_tool_page(mcp::tool_page_result(page));
    ASSERT_EQ(back.tools.size(), 2u);
    EXPECT_EQ(back.tools[0].description, "does f");
    EXPECT_EQ(back.tools[1].input_schema, json::parse(R"({"type":"object"})"));
    EXPECT_EQ(back.next_cursor, "more");

    auto const result = mcp::read_call_result(mcp::text_result("seven", true));
    EXPECT_TRUE(result.is_error);
    EXPECT_EQ(mcp::to_model_text(result), "seven");
    EXPECT_EQ(mcp::text_result("x"), json::parse(R"({"content":[{"type":"text","text":"x"}]})"));
}

TEST(McpResults, OfAnotherShapeAreRefused) {
    for (auto const* text : {"null", "[]", "{}", R"({"tools":{}})"})
        EXPECT_EQ(error_of([&] { mcp::read_tool_page(json::parse(text)); }), wire::error::malformed)
            << text;
    for (auto const* text : {"null", "{}", R"({"content":"x"})"})
        EXPECT_EQ(error_of([&] { mcp::read_call_result(json::parse(text)); }),
                  wire::error::malformed)
            << text;
    for (auto const* text :
         {"[]", "{}", R"({"progressToken":1})", R"({"progressToken":1.5,"progress":1})"})
        EXPECT_EQ(error_of([&] { mcp::read_progress(json::parse(text)); }), wire::error::malformed)
            << text;
    EXPECT_EQ(error_of([] { mcp::read_initialized(json::object()); }), wire::error::malformed);
    EXPECT_EQ(error_of([] { mcp::read_initialized({{"protocolVersion", "2099-01-01"}}); }),
              wire::error::malformed);
}

TEST(McpResults, AToolThatNobodyCanCallIsLeftOut) {
    auto const page = mcp::read_tool_page(json::parse(
        R"({"tools":[1,{"inputSchema":{}},{"name":"f"},{"name":"g","inputSchema":true},
            {"name":"h","inputSchema":{}}]})"));
    ASSERT_EQ(page.tools.size(), 1u);
    EXPECT_EQ(page.tools[0].name, "h");
}

TEST(McpModelText, JoinsTextAndNamesTheRest) {
    mcp::call_result result;
    result.content = json::parse(R"([{"type":"text","text":"a"},{"type":"image","data":""},
        {"type":"resource","resource":{"uri":"x","text":"r"}},{"type":"resource","resource":{"blob":""}},
        {"type":"resource_link","uri":"u"},{"type":"text","text":"b"}])");
    EXPECT_EQ(mcp::to_model_text(result), "a\n[image]\nr\n[resource]\n[resource_link]\nb");
    result.content = json::array();
    EXPECT_EQ(mcp::to_model_text(result), "Tool executed successfully");
    result.structured = {{"n", 1}};
    EXPECT_EQ(mcp::to_model_text(result), R"({"n":1})");
}

}  // namespace
