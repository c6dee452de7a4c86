#include "tests/proxy/tapped_play.hpp"

// Every byte that the gateway says to anybody is kept and searched for what it must not say.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

using play::tapped_network;

class GatewaySecrets : public play::gateway_stage {
protected:
    ~GatewaySecrets() override {
        auto stopping = [](proxy::gateway& g) -> awaitable<void> { co_await g.stop(); };
        if (gateway) play::out(world, stopping(*gateway));
        gateway.reset();
    }

    void start_tapped(std::vector<std::string> const& settings = {}) {
        auto const w = world.world();
        start_gateway(yaml(settings), runtime::world{w.executor, w.clock, network, w.entropy});
    }
    static json question(bool stream) {
        json body;
        body["model"] = "gpt-4o";
        body["stream"] = stream;
        body["messages"] = json::array({play::user_says("hi")});
        body["tools"] = play::mcp_tools();
        return body;
    }
    bool said(std::string const& whom, std::string const& what) {
        return network.said[whom].find(what) != std::string::npos;
    }
    bool logged(std::string const& what) const {
        for (auto const& line : log)
            if (line.find(what) != line.npos) return true;
        return false;
    }
    // Each secret goes to the one it is for, and to nobody else.
    void expect_kept() {
        for (auto const* secret :
             {client_key, "sk-of-openai", "sk-of-anthropic", "sk-of-everything"}) {
            EXPECT_FALSE(said("client", secret)) << secret << ":\n" << network.said["client"];
            EXPECT_FALSE(logged(secret)) << secret;
            for (auto const* whom : {"openai", "anthropic", "everything"}) {
                bool const own = secret == "sk-of-" + std::string(whom);
                if (!own) {
                    EXPECT_FALSE(said(whom, secret)) << secret << " to " << whom;
                }
            }
        }
    }

    tapped_network network{world.world()};
};

TEST_F(GatewaySecrets, EachKeyGoesWhereItBelongsAndNowhereElse) {
    start_server({{"echo", "hello"}});
    start_provider("openai", {says({calls("echo", {{"text", "x"}}), step(finish, "tool_calls")}),
                              says({step(text, "done"), step(finish, "stop")})});
    start_tapped();
    auto const answer = asked(chat(question(true)));
    EXPECT_NE(answer.body.find("done"), answer.body.npos);
    EXPECT_TRUE(said("openai", "sk-of-openai"));
    EXPECT_TRUE(said("everything", "Bearer sk-of-everything"));
    expect_kept();
}

TEST_F(GatewaySecrets, AnthropicIsGivenItsOwn) {
    start_provider("anthropic", {says({step(text, "done"), step(finish, "end_turn")})});
    start_tapped();
    json body = question(false);
    body["model"] = "claude-sonnet-4";
    body.erase("tools");
    EXPECT_EQ(asked(chat(body)).head.status, 200u);
    EXPECT_TRUE(said("anthropic", "x-api-key: sk-of-anthropic"));
    expect_kept();
}

TEST_F(GatewaySecrets, HeadersOfTheClientStayHere) {
    start_provider("openai", {says({step(text, "done"), step(finish, "stop")})});
    start_tapped();
    json body = question(false);
    body.erase("tools");
    asked(
        request("POST /v1/chat/completions", body.dump(),
                "Cookie: session=of-the-client\r\nX-Litellm-Api-Key: sk-of-the-client\r\n"
                "X-Api-Key: sk-other\r\nX-Forwarded-For: 10.0.0.1\r\nOpenAI-Organization: o\r\n"));
    for (auto const* what : {"of-the-client", "sk-other", "10.0.0.1", "Organization"})
        EXPECT_FALSE(said("openai", what)) << what;
    expect_kept();
}

// Some services repeat the key in their refusal.
TEST_F(GatewaySecrets, AProviderThatRepeatsItsKeyIsNotRepeated) {
    for (bool const stream : {false, true}) {
        auto refusal = step(status, "Incorrect API key provided: sk-of-openai. You can find ...");
        refusal.number = 401;
        if (providers.empty()) start_provider("openai", {says({refusal}), says({refusal})});
        if (!gateway) start_tapped();
        json body = question(stream);
        body.erase("tools");
        EXPECT_EQ(asked(chat(body)).head.status, 401u);
        EXPECT_FALSE(log.empty());
        expect_kept();
    }
}

TEST_F(GatewaySecrets, AProviderThatRepeatsItsKeyInTheStreamIsNotRepeated) {
    auto failing = step(failure, "server_error");
    failing.words = "no quota left for sk-of-openai";
    start_provider("openai", {says({step(text, "begun"), failing})});
    start_tapped();
    json body = question(true);
    body.erase("tools");
    auto const answer = asked(chat(body));
    EXPECT_NE(answer.body.find("no quota left"), answer.body.npos);
    expect_kept();
}

TEST_F(GatewaySecrets, AnMcpServerThatRepeatsItsTokenIsNotRepeated) {
    mock_mcp::mcp_script script;
    script.name = "everything";
    script.transport = "streamable-http";
    mock_mcp::mcp_step refusal;
    refusal.verb = mock_mcp::mcp_verb::status;
    refusal.number = 401;
    refusal.text = "token sk-of-everything is not valid";
    script.methods.push_back({"initialize", {refusal}, 0});
    servers.emplace_back(world.world(), trace, script)
        .start(world.world().network.listen({"everything", 80}));
    start_provider("openai", {});
    start_tapped();
    auto const answer = asked(chat(question(false)));
    EXPECT_GE(answer.head.status, 400u);
    expect_kept();
}

// The words for the model go to the provider, who is a stranger to the MCP server.
TEST_F(GatewaySecrets, WhatTheModelIsToldOfAFailureHasNoToken) {
    mock_mcp::mcp_script script;
    script.name = "everything";
    script.transport = "streamable-http";
    mock_mcp::mcp_step refusal;
    refusal.verb = mock_mcp::mcp_verb::status;
    refusal.number = 500;
    refusal.text = "no quota for sk-of-everything";
    mock_mcp::tool_script tool;
    tool.name = "echo";
    tool.parameters = {{"text", "string"}};
    tool.steps = {refusal};
    script.tools.push_back(tool);
    servers.emplace_back(world.world(), trace, script)
        .start(world.world().network.listen({"everything", 80}));
    start_provider("openai", {says({calls("echo", {{"text", "x"}}), step(finish, "tool_calls")}),
                              says({step(text, "no luck"), step(finish, "stop")})});
    start_tapped({"on_tool_failure: tell-model"});
    auto const answer = asked(chat(question(false)));
    EXPECT_EQ(answer.head.status, 200u);
    EXPECT_TRUE(said("openai", "no quota for [secret]"));
    expect_kept();
}

TEST_F(GatewaySecrets, AWrongKeyIsNotRepeated) {
    start_tapped();
    auto const answer = asked(
        "GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk-a-wrong-guess\r\n\r\n");
    EXPECT_EQ(answer.head.status, 401u);
    EXPECT_FALSE(said("client", "wrong-guess"));
    EXPECT_FALSE(logged("wrong-guess"));
    expect_kept();
}

}  // namespace
