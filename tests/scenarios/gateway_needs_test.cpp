#include <gtest/gtest.h>

#include "scenarios/gateway_needs.hpp"

namespace {

using strings = std::vector<std::string>;

scenario::scenario read(std::string const& client, std::string const& more = {}) {
    return scenario::parse(
        "provider openai\n    turn\n        finish stop\n" + more + "client\n    " + client + "\n",
        "x.scenario");
}

strings needs(std::string const& client, std::string const& more = {}) {
    return scenario::needs_of(read(client, more));
}

constexpr char web[] = "mcp web over streamable-http\n    tool f {}\n";
constexpr char files[] = "mcp files over stdio\n    tool f {}\n";

scenario::gateway_file able_to(std::string const& lines) {
    return scenario::parse_gateway(lines, "x.gateway");
}

}  // namespace

TEST(GatewayNeeds, FollowFromTheLines) {
    EXPECT_EQ(needs("ask \"Who?\""), strings{"openai"});
    EXPECT_EQ(needs("ask \"Who?\"", web), (strings{"mcp", "openai", "streamable-http"}));
    EXPECT_EQ(needs("ask \"Who?\" no tools", web), (strings{"openai", "streamable-http"}));
    EXPECT_EQ(needs("ask \"Who?\"", files), (strings{"mcp", "openai", "stdio"}));
    EXPECT_EQ(needs("ask \"Who?\" key sk-x"), (strings{"keys", "openai"}));
    EXPECT_EQ(needs("ask \"Who?\" no key"), (strings{"keys", "openai"}));
    EXPECT_EQ(needs("raw \"GET / HTTP/1.1\""), (strings{"openai", "raw"}));
    EXPECT_EQ(needs("get /v1/models?x=1"), (strings{"/v1/models", "openai"}));
    EXPECT_EQ(needs("post /v1/chat/completions\n        {\"model\": \"m\"}"), strings{"openai"});
    EXPECT_EQ(needs("post /v1/chat/completions\n        {\"tools\": [{\"type\": \"mcp\"}]}"),
              (strings{"mcp", "openai"}));
    auto const entry = [](std::string const& approval) {
        return "post /v1/chat/completions\n        {\"tools\": [{\"type\": \"mcp\", "
               "\"require_approval\": " +
               approval + "}]}";
    };
    EXPECT_EQ(needs(entry("\"never\"")), (strings{"mcp", "openai"}));
    EXPECT_EQ(needs(entry("\"always\"")), (strings{"approval", "mcp", "openai"}));
    EXPECT_EQ(needs(entry("{\"never\": {}}")), (strings{"approval", "mcp", "openai"}));
    EXPECT_EQ(needs("ask \"Who?\"", "gateway\n    idle-timeout 3s\n"),
              (strings{"openai", "setting idle-timeout"}));
    EXPECT_EQ(needs("ask \"Who?\"", "provider anthropic\n    turn\n        finish stop\n"),
              (strings{"anthropic", "openai"}));
}

TEST(GatewayNeeds, AreUnmetWhereTheFileIsSilent) {
    auto const s = read("ask \"Who?\"", std::string(web) + "gateway\n    idle-timeout 3s\n");
    EXPECT_EQ(scenario::unmet(able_to(""), s),
              (strings{"mcp", "openai", "setting idle-timeout", "streamable-http"}));
    EXPECT_EQ(scenario::unmet(able_to("can openai mcp\n"), s),
              (strings{"setting idle-timeout", "streamable-http"}));
    EXPECT_EQ(scenario::unmet(able_to("can *\n"), s), strings{"setting idle-timeout"});
    EXPECT_EQ(scenario::unmet(able_to("can *\nsettings connect-timeout\n"), s),
              strings{"setting idle-timeout"});
    EXPECT_EQ(scenario::unmet(able_to("can *\nsettings idle-timeout\n"), s), strings{});
    EXPECT_EQ(scenario::unmet(able_to("can *\nsettings *\n"), s), strings{});
}

TEST(GatewayNeeds, OfTwoProvidersOrAnotherFormatAreUnmetWithoutAGateway) {
    auto const direct = able_to("at provider\ncan *\nsettings *\n");
    EXPECT_EQ(scenario::unmet(direct, read("ask \"Who?\"")), strings{});
    EXPECT_EQ(scenario::unmet(direct, read("ask \"Who?\" over messages")),
              strings{"another format than the provider's"});
    EXPECT_EQ(scenario::unmet(direct, read("get /v1/models")),
              strings{"another format than the provider's"});
    EXPECT_EQ(scenario::unmet(direct, read("ask \"Who?\"",
                                           "provider anthropic\n    turn\n        finish stop\n")),
              strings{"a choice among providers"});
    EXPECT_EQ(
        scenario::unmet(direct, read("ask \"Who?\"", "network\n    proxy -> openai  refuse\n")),
        strings{"a connection that fails"});
    EXPECT_EQ(scenario::unmet(able_to("can *\n"), read("ask \"Who?\" over messages")), strings{});
}

TEST(GatewayNeeds, AreAllKnownByTheirReason) {
    for (auto const& word : scenario::ability_words())
        EXPECT_NE(scenario::needed_by(word), "") << word;
    EXPECT_EQ(scenario::needed_by("quadrophony"), "");
}
