#include <gtest/gtest.h>

#include "replay/recording.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/token.hpp"

using namespace std::chrono_literals;
using mock::provider_verb;
using mock_mcp::mcp_verb;
using scenario::client_verb;
using scenario::when;

namespace {

scenario::scenario sample(std::string const& name) {
    return scenario::read_file(SCENARIO_TESTS "/samples/" + name + ".scenario");
}

std::string written(scenario::arrow const& a) {
    return a.from + " -> " + a.to + "  " + scenario::to_text(a.what);
}

}  // namespace

TEST(Parser, ReadsAToolCallInTheMiddleOfAnAnswer) {
    auto const s = sample("tool_call");
    EXPECT_EQ(s.title, "A tool call in the middle of a streamed answer.");
    EXPECT_EQ(s.name, "tool_call");
    EXPECT_EQ(s.families, std::vector<std::string>{"tools"});
    EXPECT_EQ(s.links, std::vector<std::string>{"litellm#19129"});

    ASSERT_EQ(s.providers.size(), 1u);
    auto const& openai = s.providers[0];
    EXPECT_EQ(openai.name, "openai");
    EXPECT_EQ(openai.format, "openai");
    ASSERT_EQ(openai.turns.size(), 2u);
    ASSERT_EQ(openai.turns[0].steps.size(), 3u);
    auto const& tool = openai.turns[0].steps[1];
    EXPECT_EQ(openai.turns[0].steps[0].after, 120ms);
    EXPECT_EQ(openai.turns[0].steps[0].text, "Let me ask. ");
    EXPECT_EQ(tool.verb, provider_verb::tool);
    EXPECT_EQ(tool.text, "echo");
    EXPECT_EQ(tool.json["text"], "hello");
    EXPECT_EQ(tool.raw_json, R"({"text": "hello"})");
    EXPECT_EQ(tool.number, 0);
    EXPECT_EQ(openai.turns[0].steps[2].verb, provider_verb::finish);
    EXPECT_EQ(openai.turns[0].steps[2].after, 0ms);
    EXPECT_EQ(openai.turns[0].steps[2].text, "tool_calls");

    ASSERT_EQ(s.servers.size(), 1u);
    EXPECT_EQ(s.servers[0].name, "everything");
    EXPECT_EQ(s.servers[0].transport, "streamable-http");
    EXPECT_EQ(s.servers[0].revision, "2025-11-25");
    ASSERT_EQ(s.servers[0].tools.size(), 1u);
    EXPECT_EQ(s.servers[0].tools[0].parameters["text"], "string");
    EXPECT_EQ(s.servers[0].tools[0].steps[0].after, 40ms);
    EXPECT_EQ(s.servers[0].tools[0].steps[0].text, "hello");

    ASSERT_EQ(s.clients.size(), 1u);
    EXPECT_EQ(s.clients[0].name, "client");
    EXPECT_EQ(s.clients[0].steps[0].verb, client_verb::ask);

    ASSERT_EQ(s.expect.size(), 9u);
    EXPECT_FALSE(s.expect_exactly);
    EXPECT_EQ(s.expect[2].at.what, when::kind::absolute);
    EXPECT_EQ(s.expect[2].at.from, 120ms);
    EXPECT_EQ(written(s.expect[3]), R"(proxy -> everything  call echo {"text": "hello"})");
    EXPECT_EQ(s.expect[3].where.line, 29);
    EXPECT_EQ(s.expect[3].where.column, 12);
    ASSERT_EQ(s.never.size(), 1u);
    EXPECT_EQ(written(s.never[0]), "proxy -> client  tool");
    EXPECT_EQ(s.never[0].at.what, when::kind::any);
}

TEST(Parser, ReadsAProviderThatFallsSilent) {
    auto const s = sample("stalled_provider");
    ASSERT_EQ(s.gateway.settings.size(), 1u);
    EXPECT_EQ(s.gateway.settings[0].name, "idle-timeout");
    EXPECT_EQ(s.gateway.settings[0].value, "30s");
    auto const& steps = s.providers[0].turns[0].steps;
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[1].after, 29s);
    EXPECT_EQ(steps[2].verb, provider_verb::stall);
    EXPECT_EQ(steps[2].line, 15);
    ASSERT_EQ(s.expect.size(), 5u);
    EXPECT_EQ(s.expect[2].at.what, when::kind::relative);
    EXPECT_EQ(s.expect[2].at.from, 30s);
    EXPECT_EQ(s.expect[2].at.to, 30s);
    EXPECT_EQ(s.expect[2].at.where.column, 5);
    EXPECT_EQ(s.expect[2].at.where.width, 4);
    EXPECT_EQ(s.never.size(), 2u);
}

TEST(Parser, ReadsAClientThatHangsUp) {
    auto const s = sample("client_hangs_up");
    EXPECT_EQ(s.providers[0].name, "anthropic");
    EXPECT_EQ(s.servers[0].transport, "stdio");
    auto const& progress = s.servers[0].tools[0].steps[0];
    EXPECT_EQ(progress.verb, mcp_verb::progress);
    EXPECT_EQ(progress.after, 10s);
    EXPECT_EQ(progress.value, 1);
    EXPECT_EQ(progress.total, 3);
    auto const& steps = s.clients[0].steps;
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[1].verb, client_verb::wait);
    EXPECT_EQ(written(steps[1].until), "archive -> proxy  progress 1/3");
    EXPECT_EQ(steps[2].verb, client_verb::disconnect);
    EXPECT_EQ(steps[2].after, 2s);
}

TEST(Parser, KnowsEveryWordOfAProvider) {
    auto const  s = sample("everything");
    auto const& steps = s.providers[0].turns[0].steps;
    ASSERT_EQ(steps.size(), 18u);
    EXPECT_EQ(steps[0].text, "x-request-id");
    EXPECT_EQ(steps[0].words, "abc");
    EXPECT_EQ(steps[0].after, 1500ms);
    EXPECT_EQ(steps[5].number, 3);
    EXPECT_TRUE(steps[6].json.is_null());
    EXPECT_EQ(steps[6].words, "{not json");
    EXPECT_EQ(steps[7].tokens.input, 20);
    EXPECT_EQ(steps[7].tokens.output, 5);
    EXPECT_EQ(steps[7].tokens.cached, 3);
    EXPECT_EQ(steps[9].text, "\xff\n\u00e9");
    EXPECT_EQ(steps[11].text, "overloaded_error");
    EXPECT_EQ(steps[11].words, "busy");
    EXPECT_EQ(steps[14].after, 250us);
    ASSERT_EQ(s.mock_waits.size(), 2u);
    EXPECT_EQ(s.mock_waits[0].actor, "openai");
    EXPECT_EQ(s.mock_waits[0].line, steps[12].line);
    EXPECT_EQ(written(s.mock_waits[0].until), "client -> proxy  close");

    EXPECT_EQ(s.providers[0].turns[1].steps[0].number, 429);
    EXPECT_EQ(s.providers[0].turns[1].steps[0].json["error"]["message"], "slow down");
    EXPECT_EQ(s.providers[0].turns[2].steps[0].text, "busy");
    auto const& recorded = s.providers[0].turns[3].steps[0];
    EXPECT_EQ(recorded.number, 2);
    EXPECT_TRUE(recorded.strict);
    ASSERT_EQ(recorded.recorded->exchanges.size(), 2u);
    auto const& pieces = recorded.recorded->exchanges[1].answered.pieces;
    ASSERT_EQ(pieces.size(), 2u);
    EXPECT_EQ(pieces[0].at, 120ms);
    EXPECT_EQ(pieces[1].bytes, "data: [DONE]\n\n");
    EXPECT_EQ(s.providers[1].name, "second");
    EXPECT_EQ(s.providers[1].format, "anthropic");
    EXPECT_EQ(s.providers[1].turns.size(), 1u);
}

TEST(Parser, KnowsEveryWordOfAServer) {
    auto const  s = sample("everything");
    auto const& server = s.servers[0];
    EXPECT_EQ(server.revision, "2025-06-18");
    EXPECT_EQ(server.page_size, 2);
    EXPECT_FALSE(server.sessions);
    EXPECT_TRUE(server.json_answers);
    ASSERT_EQ(server.tools.size(), 2u);
    EXPECT_EQ(server.tools[0].steps[0].text, "one");
    EXPECT_EQ(server.tools[0].steps[1].value, 0.5);
    EXPECT_EQ(server.tools[0].steps[2].words, "warning");
    EXPECT_TRUE(server.tools[0].steps[3].json["content"].is_array());
    EXPECT_TRUE(server.tools[1].parameters.is_object());
    EXPECT_EQ(s.mock_waits[1].actor, "everything");
    ASSERT_EQ(server.methods.size(), 1u);
    EXPECT_EQ(server.methods[0].method, "initialize");
    auto const& steps = server.methods[0].steps;
    ASSERT_EQ(steps.size(), 9u);
    EXPECT_EQ(steps[0].number, -32603);
    EXPECT_EQ(steps[1].number, 404);
    EXPECT_EQ(steps[2].number, 3);
    EXPECT_EQ(steps[3].number, 0);
    EXPECT_EQ(steps[4].text, std::string(1, '\0'));
}

TEST(Parser, KnowsEveryWordOfAClient) {
    auto const  s = sample("everything");
    auto const& steps = s.clients[0].steps;
    ASSERT_EQ(steps.size(), 11u);
    EXPECT_EQ(steps[0].options,
              (std::vector<std::string>{"unstreamed", "key sk-wrong", "model gpt", "with usage",
                                        "no tools", "approval always"}));
    EXPECT_EQ(steps[1].after, 1s);
    EXPECT_EQ(steps[1].text, "/v1/chat/completions");
    EXPECT_EQ(steps[1].body, "{\"model\": \"m\",\n\n # not a comment\n\"broken\": }");
    EXPECT_EQ(steps[2].verb, client_verb::get);
    EXPECT_EQ(steps[3].text, "GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(steps[4].number, 100);
    EXPECT_EQ(steps[5].number, 0);
    EXPECT_EQ(steps[9].after, 2s);
    EXPECT_EQ(s.clients[1].name, "other");
}

TEST(Parser, KnowsTheSmallSections) {
    auto const s = sample("everything");
    EXPECT_EQ(s.title, "Every word of the language, once.");
    EXPECT_EQ(s.families, (std::vector<std::string>{"bytes", "ending", "session"}));
    EXPECT_EQ(s.links, (std::vector<std::string>{"litellm#19129", "RFC9112"}));
    EXPECT_EQ(s.gateway.name, "clean");
    EXPECT_EQ(s.gateway.profile, "clean");
    ASSERT_EQ(s.gateway.settings.size(), 3u);
    EXPECT_EQ(s.gateway.settings[2].value, "two words more");
    ASSERT_EQ(s.network.size(), 2u);
    EXPECT_EQ(written(s.network[0]), "openai -> proxy  slice 1");
    EXPECT_EQ(written(s.network[1]), "proxy -> client  stall after 10");
    EXPECT_TRUE(s.expect_exactly);
    EXPECT_EQ(s.expect[0].at.what, when::kind::any);
    EXPECT_EQ(s.expect[1].at.what, when::kind::relative);
    EXPECT_EQ(s.expect[1].at.from, 1s);
    EXPECT_EQ(s.expect[1].at.to, 2s);
    EXPECT_TRUE(s.never[1].what.empty());
    ASSERT_EQ(s.waivers.size(), 2u);
    EXPECT_EQ(s.waivers[0].check, "text");
    EXPECT_EQ(s.waivers[0].why, "the words are cut on purpose");
}

TEST(Parser, TakesTheNameAsTitleWhereNoCommentStands) {
    EXPECT_EQ(scenario::parse("covers tools\n", "a/b/silent.scenario").title, "silent");
    EXPECT_EQ(scenario::parse("covers tools\r\n", "x.scenario").families[0], "tools");
}

TEST(Parser, LetsABodyStandDeeperThanItsVerbOnly) {
    auto const s = scenario::parse(
        "client\n"
        "    +1s  post /x\n"
        "         read\n"
        "    post /y\n"
        "              # still a comment\n"
        "    pause\n",
        "x.scenario");
    auto const& steps = s.clients[0].steps;
    ASSERT_EQ(steps.size(), 4u);
    EXPECT_EQ(steps[0].body, "");
    EXPECT_EQ(steps[2].body, "");
}
