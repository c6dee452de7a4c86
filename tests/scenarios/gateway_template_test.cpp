#include <gtest/gtest.h>

#include "scenarios/gateway_template.hpp"

namespace {

scenario::template_ground ground() {
    scenario::template_ground g;
    g.models.push_back({"gpt-4o", "openai", {"127.0.0.1", 18001}, "sk-a"});
    g.models.push_back({"claude", "anthropic", {"127.0.0.1", 18002}, "sk-b"});
    g.servers.push_back({"web", "streamable-http", {"127.0.0.1", 18003}, {}});
    g.servers.push_back(
        {"files", "stdio", {"127.0.0.1", 18004}, {"/bin/lockstep", "join", "a \"b\""}});
    g.settings.push_back({"idle-timeout", "1500ms", {}});
    g.settings.push_back({"on-tool-failure", "tell-model", {}});
    g.factor = 4;
    g.gateway = {"127.0.0.1", 4000};
    g.key = "sk-c";
    g.work = "/tmp/w";
    g.dir = "/etc/g";
    g.program = "/bin/lockstep";
    g.yaml = "a: {b: 1}\n";
    return g;
}

std::string filled(std::string const& text) {
    return scenario::filled(text, ground(), "x.gateway");
}

}  // namespace

struct filled_row {
    char const* name;
    char const* text;
    char const* made;
};

class GatewayTemplate : public testing::TestWithParam<filled_row> {};

TEST_P(GatewayTemplate, IsFilledIn) { EXPECT_EQ(filled(GetParam().text), GetParam().made); }

INSTANTIATE_TEST_SUITE_P(
    Samples, GatewayTemplate,
    testing::Values(
        filled_row{"Run", "{{host}}:{{port}} {{key}} {{work}} {{dir}} {{lockstep}} {{factor}}",
                   "127.0.0.1:4000 sk-c /tmp/w /etc/g /bin/lockstep 4"},
        filled_row{"NothingIsEscaped", "{{yaml}}", "a: {b: 1}\n"},
        filled_row{"Models", "{{#models}}{{name}}={{format}},{{base}},{{url}},{{key}};{{/models}}",
                   "gpt-4o=openai,http://127.0.0.1:18001,http://127.0.0.1:18001/v1,sk-a;"
                   "claude=anthropic,http://127.0.0.1:18002,http://127.0.0.1:18002/v1,sk-b;"},
        filled_row{"PortOfAModelHidesTheRuns",
                   "{{#models}}{{port}} {{address}} {{/models}}{{port}}",
                   "18001 127.0.0.1:18001 18002 127.0.0.1:18002 4000"},
        filled_row{"FlagOfTheFormat",
                   "{{#models}}{{#openai}}O{{/openai}}{{#anthropic}}A{{/anthropic}}"
                   "{{^openai}}-{{/openai}}{{/models}}",
                   "OA-"},
        filled_row{"Last", "{{#models}}{{name}}{{^last}}, {{/last}}{{/models}}", "gpt-4o, claude"},
        filled_row{
            "ServersOverHttp",
            "{{#servers}}{{#http}}{{name}} {{transport}} {{url}} {{port}}{{/http}}{{/servers}}",
            "web streamable-http http://127.0.0.1:18003/mcp 18003"},
        filled_row{"ServersOverStdio",
                   "{{#servers}}{{#stdio}}{{name}} {{command}} {{args}}{{/stdio}}{{/servers}}",
                   "files /bin/lockstep [\"join\",\"a \\\"b\\\"\"]"},
        filled_row{"AnyServers",
                   "{{#any_servers}}yes{{/any_servers}}{{^any_servers}}no{{/any_servers}}", "yes"},
        filled_row{
            "Setting",
            "{{#settings.idle_timeout}}{{text}} {{ms}} {{seconds}}{{/settings.idle_timeout}}",
            "1500ms 1500 1.5"},
        filled_row{"SettingThatIsNoTime",
                   "{{#settings.on_tool_failure}}{{text}}{{ms}}{{/settings.on_tool_failure}}",
                   "tell-model"},
        filled_row{"SettingThatIsNotThere",
                   "{{#settings.x}}set{{/settings.x}}{{^settings.x}}unset{{/settings.x}}",
                   "unset"}),
    [](auto const& info) { return std::string(info.param.name); });

TEST(GatewayTemplateOfAModel, HasTheModelAlone) {
    EXPECT_EQ(scenario::filled("{{format}} {{url}}{{host}}", ground().models[1], "x.gateway"),
              "anthropic http://127.0.0.1:18002/v1");
}

TEST(GatewayTemplateError, NamesTheFile) {
    for (auto const* text : {"{{#models}}{{name}}", "{{name", "{{/models}}"}) {
        try {
            filled(text);
            ADD_FAILURE() << text << " was filled in";
        } catch (scenario::syntax_error const& e) {
            EXPECT_TRUE(std::string(e.what()).starts_with("x.gateway: ")) << e.what();
        }
    }
}
