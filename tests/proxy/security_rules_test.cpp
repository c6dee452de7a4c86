#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "runtime/entropy.hpp"
#include "tests/proxy/tapped_play.hpp"

// The rules of security of reliability.md 2.2 that concern who is visited, who may come in and what
// is passed on, each by its name. What the other rules want is held by the corpora
// (tests/proxy/*_corpus_test.cpp), limits_*_test.cpp, key_check_test.cpp and
// gateway_secrets_test.cpp.

namespace {

using boost::asio::awaitable;
using enum mock::provider_verb;
using nlohmann::json;

class SecurityRules : public play::gateway_stage {
protected:
    ~SecurityRules() override {
        auto stopping = [](proxy::gateway& g) -> awaitable<void> { co_await g.stop(); };
        if (gateway) play::out(world, stopping(*gateway));
        gateway.reset();
    }
    void start(std::vector<std::string> const& settings = {}) {
        auto const w = world.world();
        start_gateway(yaml(settings), runtime::world{w.executor, w.clock, network, w.entropy});
    }
    void start_answers(int count) {
        std::vector<mock::turn> turns;
        for (int i = 0; i < count; ++i)
            turns.push_back(says({step(text, "hi"), step(finish, "stop")}));
        start_provider("openai", std::move(turns));
    }
    static json question() {
        json body;
        body["model"] = "gpt-4o";
        body["max_tokens"] = 10;
        body["messages"] = json::array({play::user_says("hi")});
        return body;
    }
    static std::string mcp(std::string const& body, std::string const& fields,
                           std::string const& key = client_key) {
        return "POST /mcp HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer " + key +
               "\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json"
               "\r\n" +
               fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    static std::string hello() {
        return R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
               R"("2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";
    }
    std::set<std::string> visited() const {
        std::set<std::string> hosts;
        for (auto const& [host, bytes] : network.said)
            if (host != "client") hosts.insert(host);
        return hosts;
    }

    play::tapped_network network{world.world()};
};

// S1: a request names no upstream, no key and no header of one.
TEST_F(SecurityRules, S1_ARequestChoosesNoAddressAndNoKey) {
    std::vector<std::string> const names{
        "api_base",       "base_url",      "server_url",   "api_key",     "proxy",
        "headers",        "extra_headers", "organization", "api_version", "custom_llm_provider",
        "litellm_params", "user_config"};
    start_answers(static_cast<int>(names.size()));
    start();
    for (auto const& name : names) {
        auto body = question();
        body[name] = name.find("headers") == name.npos
                         ? json("http://canary/v1")
                         : json{{"Authorization", "Bearer http://canary/v1"}};
        auto const answer = asked(chat(body));
        EXPECT_TRUE(answer.head.status == 200 || answer.head.status == 400) << name << answer.body;
    }
    EXPECT_EQ(visited(), std::set<std::string>{"openai"});
    auto const& said = network.said["openai"];
    for (std::size_t at = said.find("uthorization:"); at != said.npos;
         at = said.find("uthorization:", at + 1))
        EXPECT_EQ(said.compare(at, 35, "uthorization: Bearer sk-of-openai\r\n"), 0)
            << said.substr(at, 60);
    EXPECT_EQ(said.find("Host: canary"), said.npos);
}

// S7: what a request, a tool or an answer names is not fetched, however the address is spelled.
TEST_F(SecurityRules, S7_NoAddressThatAPeerNamesIsVisited) {
    std::vector<std::string> const urls{"http://canary/mcp",
                                        "http://127.0.0.2/mcp",
                                        "http://[::1]/mcp",
                                        "http://169.254.169.254/",
                                        "http://0x7f.1/mcp",
                                        "http://2130706433/mcp",
                                        "http://017700000001/",
                                        "http://localhost./mcp",
                                        "http://127.0.0.1.nip.example/mcp",
                                        "http://everything@canary/mcp",
                                        "http://[::ffff:127.0.0.1]/",
                                        "http://[::]/mcp",
                                        "file:///etc/passwd",
                                        "//canary/mcp",
                                        "litellm_proxy/mcp/../canary"};
    start_answers(1);
    start();
    for (auto const& url : urls) {
        auto body = question();
        body["tools"] = play::mcp_tools();
        body["tools"][0]["server_url"] = url;
        auto const answer = asked(chat(body));
        EXPECT_EQ(answer.head.status, 400u) << url << ": " << answer.body;
    }
    EXPECT_EQ(visited(), std::set<std::string>{});
}

TEST_F(SecurityRules, S7_NoReferenceOfAToolIsFetched) {
    mock_mcp::mcp_script script;
    script.name = "everything";
    script.transport = "streamable-http";
    mock_mcp::mcp_step list;
    json               tool{{"name", "echo"}, {"description", "see http://canary/doc"}};
    tool["inputSchema"] = {{"type", "object"},
                           {"properties", {{"a", {{"$ref", "http://canary/schema.json"}}}}}};
    tool["icons"] = json::array({{{"src", "http://canary/icon.png"}}});
    list.json = {{"tools", json::array({tool})}};
    script.methods.push_back({"tools/list", {list}, 0});
    servers.emplace_back(world.world(), trace, script)
        .start(world.world().network.listen({"everything", 80}));
    start_answers(1);
    start();
    auto body = question();
    body["tools"] = play::mcp_tools();
    EXPECT_EQ(asked(chat(body)).head.status, 200u);
    EXPECT_EQ(visited(), (std::set<std::string>{"everything", "openai"}));
}

// S5: a command comes from the configuration alone; no endpoint takes one.
TEST_F(SecurityRules, S5_NoRequestStartsAProgram) {
    start_answers(8);
    start();
    json command{{"command", "/bin/sh"}, {"args", json::array({"-c", "true"})}};
    command["env"] = {{"A", "b"}};
    command["transport"] = "stdio";
    json settings;
    settings["mcp_servers"]["evil"] = command;
    for (std::string const path :
         {"/v1/chat/completions", "/v1/responses", "/v1/messages", "/mcp", "/mcp/evil",
          "/mcp-rest/test/connection", "/mcp-rest/test/tools/list", "/v1/mcp/server",
          "/config/update", "/v1/models", "/model/new"})
        for (auto const& each : {command, settings, json{{"mcp_server", command}}}) {
            auto body = question();
            body.update(each);
            body["tools"] = json::array({each});
            body["tools"][0]["type"] = "mcp";
            asked(request("POST " + path, body.dump(),
                          "Accept: application/json, text/event-stream\r\n"));
            asked(request("POST " + path, each.dump(),
                          "Accept: application/json, text/event-stream\r\n"));
        }
    EXPECT_EQ(network.programs, std::vector<std::string>{});
}

// S6, S12: who calls us by another name, or from another page, is nobody's client.
TEST_F(SecurityRules, S6_OriginAndHostMustBeOurOwnOnEveryRoute) {
    start();
    for (std::string const line :
         {"POST /v1/chat/completions", "POST /v1/responses", "POST /v1/messages", "GET /v1/models",
          "POST /mcp", "GET /mcp", "GET /metrics", "GET /health/readiness", "GET /nothing"}) {
        auto const with = [&](std::string const& fields) {
            return asked(line + " HTTP/1.1\r\nAuthorization: Bearer " + client_key + "\r\n" +
                         fields + "Content-Length: 0\r\n\r\n")
                .head.status;
        };
        for (auto const* origin : {"https://evil.example", "null", "http://proxy.evil.example",
                                   "http://evil.example:80", "file://", "http://proxy@evil"})
            EXPECT_EQ(with("Host: proxy\r\nOrigin: " + std::string(origin) + "\r\n"), 403u)
                << line << origin;
        EXPECT_NE(with("Host: proxy\r\nOrigin: http://proxy\r\n"), 403u) << line;
        EXPECT_NE(with("Host: proxy\r\n"), 403u) << line;
    }
}

// S18: what a peer says stays text: no field of a head is made of it, no line of a stream or of the
// log ends by it.
TEST_F(SecurityRules, S18_NothingThatAPeerSaysBecomesAHeaderOrALine) {
    std::string evil;
    for (char c = 1; c < 32; ++c) evil += c;
    evil += "\x7f\r\nX-Evil: 1\r\n\r\ndata: evil\n\n\xE2\x80\xA8\xE2\x80\xAE\x1b[31m";
    auto refusal = step(status, "");
    refusal.number = 429;
    refusal.json = {{"error", {{"message", evil}, {"type", evil}, {"code", evil}}}};
    start_provider("openai", {says({step(text, evil), step(finish, "stop")}), says({refusal}),
                              says({step(text, "a"), step(failure, evil)})});
    start();
    auto const plain = [&](play::http_answer const& answer) {
        for (auto const& [name, value] : answer.head.fields) {
            EXPECT_EQ(name.find("Evil"), name.npos);
            for (char const c : name + value) EXPECT_TRUE(c >= ' ' && c < 0x7f) << name << value;
        }
    };
    auto body = question();
    body["stream"] = true;
    auto const streamed = asked(chat(body));
    plain(streamed);
    std::string heard;
    for (auto const& chunk : streamed.chunks())
        for (auto const& choice : chunk["choices"]) heard += choice["delta"].value("content", "");
    EXPECT_EQ(heard, evil);
    EXPECT_EQ(streamed.body.find("\ndata: evil"), std::string::npos);
    auto const refused = asked(chat(question()));
    plain(refused);
    EXPECT_EQ(refused.head.status, 429u);
    plain(asked(chat(body)));
    // A client's own words: its model's name, and the id that it asks to be known by.
    body["model"] = evil;
    auto const unknown = asked(request("POST /v1/chat/completions", body.dump(),
                                       "X-Request-Id: a b\r\nTraceparent: x\r\n"));
    plain(unknown);
    EXPECT_EQ(unknown.head.status, 404u);
    for (auto const& line : log)
        for (char const c : line) EXPECT_TRUE(c >= ' ' && c != 0x7f) << json(line).dump();
}

// S9: the id of a session is drawn from what the system has for that, and opens nothing to others.
TEST_F(SecurityRules, S9_ASessionIsItsOwnersAndNobodyCanGuessIt) {
    start_server({{"echo", "hello"}});
    start({"keys: [sk-first, sk-second]"});
    auto const ping = R"({"jsonrpc":"2.0","id":2,"method":"ping"})";
    auto const begun = asked(mcp(hello(), "", "sk-first"));
    auto const id = begun.field("MCP-Session-Id");
    ASSERT_GE(id.size(), 22u) << "128 bits";
    for (char const c : id) EXPECT_TRUE(c > 0x20 && c < 0x7f);
    auto const header = "MCP-Session-Id: " + id + "\r\n";
    auto const by = [&](std::string const& key, std::string const& fields) {
        return asked(mcp(ping, fields, key)).head.status;
    };
    EXPECT_EQ(by("sk-first", header), 200u);
    EXPECT_EQ(by("sk-second", header), 404u) << "another principal's is none";
    EXPECT_EQ(by(client_key, header), 404u);
    auto guess = id;
    guess.back() = guess.back() == 'a' ? 'b' : 'a';
    EXPECT_EQ(by("sk-first", "MCP-Session-Id: " + guess + "\r\n"), 404u);
    EXPECT_EQ(by("sk-first", ""), 400u);
    auto const deleted = asked(
        "DELETE /mcp HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer "
        "sk-first\r\n" +
        header + "\r\n");
    EXPECT_EQ(deleted.head.status, 200u);
    EXPECT_EQ(by("sk-first", header), 404u) << "it has ended";
}

TEST(SecurityRulesOfIds, S9_TenThousandIdsRepeatNothingAndLeanToNoSide) {
    auto                  source = runtime::entropy::of_system();
    std::set<std::string> all;
    std::map<char, int>   counts;
    for (int i = 0; i < 10'000; ++i) {
        auto const id = source.token(32);
        EXPECT_TRUE(all.insert(id).second) << id;
        for (char const c : id) ++counts[c];
    }
    // Each letter of the alphabet as often as the others, within six deviations.
    double const each = 320'000.0 / static_cast<double>(counts.size());
    EXPECT_GE(counts.size(), 16u);
    for (auto const& [c, count] : counts) EXPECT_NEAR(count, each, 6 * std::sqrt(each)) << c;
}

// S11: nothing that is said becomes the name of a file: this room opens none.
TEST(SecurityRulesOfTheCode, S11_TheGatewayOpensNoFile) {
    std::regex const opens("<fstream>|<filesystem>|fopen|\\bopen\\(.*O_|freopen|std::ifstream");
    int              count = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator(std::string(LOCKSTEP_SOURCE_DIR) + "/proxy")) {
        std::ifstream     file(entry.path());
        std::string const code{std::istreambuf_iterator<char>(file), {}};
        EXPECT_FALSE(std::regex_search(code, opens)) << entry.path();
        ++count;
    }
    EXPECT_GT(count, 100);
}

}  // namespace
