#include "wire/mcp_modern.hpp"

#include <gtest/gtest.h>
#include <map>

using nlohmann::json;
namespace mcp = wire::mcp;

TEST(McpModern, HeadersRepeatMethodAndName) {
    auto const fields = mcp::headers_of(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"caf\u00e9"}})");
    mcp::header_fields const wanted{{"MCP-Protocol-Version", "2026-07-28"},
                                    {"Mcp-Method", "tools/call"},
                                    {"Mcp-Name", "=?base64?Y2Fmw6k=?="}};
    EXPECT_EQ(fields, wanted);
    EXPECT_EQ(mcp::headers_of(R"({"id":1,"method":"tools/list"})").size(), 2u);
    EXPECT_EQ(mcp::name_in(R"({"method":"resources/read","params":{"uri":"a://b"}})"), "a://b");
    EXPECT_EQ(mcp::name_in(R"({"method":"prompts/get","params":{}})"), "") << "it has none to say";
}

TEST(McpModern, ValuesThatNoHeaderHoldsAreWrapped) {
    EXPECT_EQ(mcp::to_header("plain text"), "plain text");
    EXPECT_EQ(mcp::to_header(" edge"), "=?base64?IGVkZ2U=?=");
    EXPECT_EQ(mcp::to_header("a\nb"), "=?base64?YQpi?=");
    for (auto const* value : {"=?base64?YQ==?=", "", "\xC3\xA9", "tab\t"})
        EXPECT_EQ(mcp::from_header(mcp::to_header(value)), value);
    EXPECT_EQ(mcp::from_header("  read\t"), "read");
    EXPECT_EQ(mcp::from_header("=?BASE64?YQ==?="), "=?BASE64?YQ==?=") << "literal";
    EXPECT_EQ(mcp::from_header("=?base64?YQ=="), "=?base64?YQ==") << "literal";
}

TEST(McpModern, WrappedValuesAreReadStrictly) {
    EXPECT_EQ(mcp::from_header("=?base64?YQ==?="), "a");
    for (auto const* bad : {"=?base64?YQ=?=", "=?base64?YQ?=", "=?base64?Y*==?=", "=?base64?YR==?=",
                            "=?base64?Y===?="})
        EXPECT_FALSE(mcp::from_header(bad)) << bad;
}

TEST(McpModern, ParametersAreMirrored) {
    auto const schema = json::parse(R"({"type":"object","properties":{
        "region":{"type":"string","x-mcp-header":"Region"},
        "deep":{"type":"object","properties":{"count":{"type":"integer","x-mcp-header":"Count"}}},
        "dry":{"type":"boolean","x-mcp-header":"Dry"},
        "x-mcp-header":{"type":"string"},
        "other":{"type":"string","default":{"x-mcp-header":"no schema"}}}})");
    auto const all = mcp::mirrored_parameters(schema);
    ASSERT_TRUE(all);
    auto const fields = mcp::parameter_headers(
        *all, json::parse(R"({"region":"\u00fc","deep":{"count":42},"dry":null,"other":"x"})"));
    mcp::header_fields const wanted{{"Mcp-Param-Count", "42"},
                                    {"Mcp-Param-Region", "=?base64?w7w=?="}};
    EXPECT_EQ(fields, wanted);
}

TEST(McpModern, SchemasThatMarkWhatTheyMayNotAreSeen) {
    struct sample {
        char const* name;
        char const* schema;
    };
    sample const samples[] = {
        {"a number", R"({"properties":{"a":{"type":"number","x-mcp-header":"A"}}})"},
        {"an object", R"({"properties":{"a":{"type":"object","x-mcp-header":"A"}}})"},
        {"no name", R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})"},
        {"a blank", R"({"properties":{"a":{"type":"string","x-mcp-header":"A B"}}})"},
        {"no text", R"({"properties":{"a":{"type":"string","x-mcp-header":7}}})"},
        {"twice", R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},
                                    "b":{"type":"string","x-mcp-header":"a"}}})"},
        {"in items", R"({"properties":{"a":{"type":"array","items":
                         {"type":"string","x-mcp-header":"A"}}}})"},
        {"in a choice", R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})"},
        {"in a definition", R"({"$defs":{"a":{"type":"string","x-mcp-header":"A"}}})"},
    };
    for (auto const& [name, schema] : samples)
        EXPECT_FALSE(mcp::mirrored_parameters(json::parse(schema))) << name;
}

TEST(McpModern, RequestsThatContradictTheirHeadersAreSeen) {
    std::map<std::string, std::string> const right{{"mcp-protocol-version", "2026-07-28"},
                                                   {"mcp-method", "tools/call"},
                                                   {"mcp-name", " read "}};
    wire::rpc_request                        call{std::int64_t{1}, "tools/call",
                           mcp::with_meta({{"name", "read"}}, "c", "1")};
    auto const code = [&](wire::rpc_request const& request, auto const& fields) {
        auto const said =
            mcp::objection_to(request,
                              [&](std::string_view name) {
                                  auto const found = fields.find(std::string(name));
                                  return found == fields.end() ? nullptr : &found->second;
                              },
                              {"2026-07-28"});
        return said ? said->code : 0;
    };
    EXPECT_EQ(code(call, right), 0);
    EXPECT_FALSE(mcp::objection_to(call, nullptr, {"2026-07-28"})) << "no headers over stdio";
    for (auto const& [name, value] : right) {
        auto fields = right;
        fields[name] = "Other";
        EXPECT_EQ(code(call, fields), mcp::header_mismatch) << name;
        fields.erase(name);
        EXPECT_EQ(code(call, fields), mcp::header_mismatch) << "no " << name;
    }
    for (auto const* key : {mcp::meta_version, mcp::meta_capabilities}) {
        auto other = call;
        other.params["_meta"].erase(key);
        EXPECT_EQ(code(other, right), wire::rpc_invalid_params) << key;
    }
    call.params["_meta"][mcp::meta_version] = "2099-01-01";
    auto fields = right;
    fields["mcp-protocol-version"] = "2099-01-01";
    EXPECT_EQ(code(call, fields), mcp::version_unsupported);
}

TEST(McpModern, ErrorsHaveTheirStatus) {
    EXPECT_EQ(mcp::status_of_error(-32601), 404u);
    EXPECT_EQ(mcp::status_of_error(mcp::header_mismatch), 400u);
    EXPECT_EQ(mcp::status_of_error(-32603), 200u);
    auto const error = mcp::unsupported_version("1999-01-01", {"2026-07-28"});
    EXPECT_EQ(error.data["supported"][0], "2026-07-28");
    EXPECT_EQ(error.data["requested"], "1999-01-01");
}
