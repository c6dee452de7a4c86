#include "proxy/config.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string content(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Every secret in these files and in this environment holds the word "canary".
std::optional<std::string> test_environment(std::string const& name) {
    if (name == "CANARY") return "canary-from-the-environment";
    if (name == "BASE") return "http://127.0.0.1:9001/v1";
    if (name == "EMPTY") return "";
    return {};
}

proxy::config read(std::string const& text, std::vector<std::string>* warnings = nullptr) {
    std::vector<std::string> mine;
    return proxy::read_config(text, "gateway.yaml", test_environment, warnings ? *warnings : mine);
}

// What the gateway says to a file: what it understood and its warnings, or the error.
struct answer {
    bool        accepted = false;
    std::string text;
};

answer read_file(fs::path const& file) {
    std::vector<std::string> warnings;
    try {
        auto const config =
            proxy::read_config(content(file), file.filename().string(), test_environment, warnings);
        auto text = proxy::describe(config);
        for (auto const& warning : warnings) text += warning + "\n";
        return {true, text};
    } catch (proxy::config_error const& e) {
        return {false, e.what()};
    }
}

std::vector<fs::path> files() {
    std::vector<fs::path> all;
    for (auto const& entry : fs::directory_iterator(CONFIGS_FOLDER))
        if (entry.path().extension() == ".yaml") all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

class ConfigFile : public testing::TestWithParam<fs::path> {};

// LOCKSTEP_REWRITE=1 writes what was said; a change of wording is then reviewed like code.
TEST_P(ConfigFile, IsAnsweredAsWritten) {
    auto const said = read_file(GetParam());
    auto       golden = GetParam();
    golden.replace_extension(said.accepted ? ".accepted" : ".error");
    if (std::getenv("LOCKSTEP_REWRITE")) std::ofstream(golden, std::ios::binary) << said.text;
    ASSERT_TRUE(fs::exists(golden)) << "not expected:\n" << said.text;
    EXPECT_EQ(said.text, content(golden));
}

TEST_P(ConfigFile, KeepsItsSecrets) {
    EXPECT_EQ(read_file(GetParam()).text.find("canary"), std::string::npos)
        << read_file(GetParam()).text;
}

INSTANTIATE_TEST_SUITE_P(Folder, ConfigFile, testing::ValuesIn(files()),
                         [](auto const& info) { return info.param.stem().string(); });

TEST(ConfigFolder, HoldsNoAnswerWithoutItsFile) {
    EXPECT_GT(files().size(), 90U);
    for (auto const& entry : fs::directory_iterator(CONFIGS_FOLDER)) {
        auto file = entry.path();
        EXPECT_TRUE(fs::exists(file.replace_extension(".yaml"))) << entry.path();
    }
}

// --print-config leaves nothing out that is set under lockstep_settings.
TEST(Config, TellsOfEverySetting) {
    auto const file = fs::path(CONFIGS_FOLDER) / "all_that_is_known.yaml";
    auto const said = "\n" + read_file(file).text;
    auto const text = content(file);
    auto const section = text.find("lockstep_settings:\n");
    ASSERT_NE(section, std::string::npos);
    std::istringstream lines(text.substr(section));
    std::string        line;
    std::getline(lines, line);
    int settings = 0;
    while (std::getline(lines, line)) {
        if (!line.starts_with("  ") || line[2] == ' ') continue;
        auto key = line.substr(2, line.find(':') - 2);
        ++settings;
        // What there may be several of is told one by one.
        bool const listed = key.starts_with("allowed_");
        if (listed) key.pop_back();
        EXPECT_NE(said.find("\n" + key + ": "), std::string::npos) << key << "\n" << said;
    }
    EXPECT_GT(settings, 30);
}

TEST(Config, HasTheDefaultsOfTheDocument) {
    auto const c = read("");
    EXPECT_EQ(c.listen, (runtime::address{"127.0.0.1", 4000, false}));
    EXPECT_EQ(c.timeouts, proxy::timeouts{});
    EXPECT_EQ(c.timeouts.idle, 120s);
    EXPECT_EQ(c.limits.request_body_max, 33'554'432U);
    EXPECT_EQ(c.limits.rounds_max, 10U);
    EXPECT_EQ(c.keepalive_interval, 15s);
    EXPECT_FALSE(c.master_key);
    EXPECT_EQ(c.on_tool_failure, proxy::tool_failure::fail);
}

TEST(Config, GivesAModelItsOwnLimitsAndTheRestOfTheGateways) {
    auto const  c = read(R"(
model_list:
  - {model_name: own, litellm_params: {model: openai/a/b, timeout: 9, stream_timeout: 8, ttft_timeout: 7,
                                       stream_idle_timeout: 6, connect_timeout: 0.5, keepalive_seconds: 0}}
  - {model_name: common, litellm_params: {model: anthropic/c, keepalive_seconds: 0.1}}
litellm_settings: {request_timeout: 100, sse_keepalive_ping_interval_seconds: 3}
router_settings: {timeout: 90, stream_timeout: 80}
lockstep_settings: {first_byte_timeout: 70s}
)");
    auto const* own = c.find_model("own");
    ASSERT_TRUE(own);
    EXPECT_EQ(own->provider, "openai");
    EXPECT_EQ(own->upstream_name, "a/b");
    EXPECT_EQ(own->timeouts.request, 9s);
    EXPECT_EQ(own->timeouts.first_byte, 7s);
    EXPECT_EQ(own->timeouts.idle, 6s);
    EXPECT_EQ(own->timeouts.connect, 500ms);
    EXPECT_EQ(own->keepalive_interval, 0s);

    auto const* common = c.find_model("common");
    ASSERT_TRUE(common);
    EXPECT_EQ(common->timeouts.request, 90s);     // the router's word counts more
    EXPECT_EQ(common->timeouts.first_byte, 70s);  // and ours most
    EXPECT_EQ(common->timeouts.idle, 120s);
    EXPECT_EQ(common->keepalive_interval, 1s);
    EXPECT_EQ(c.keepalive_interval, 3s);
    EXPECT_FALSE(c.find_model("nobody"));
}

TEST(Config, KnowsWhereProvidersLive) {
    auto const c = read(R"(
model_list:
  - {model_name: o, litellm_params: {model: openai/m}}
  - {model_name: a, litellm_params: {model: anthropic/m}}
  - {model_name: bare, litellm_params: {model: anthropic/m, api_base: "http://127.0.0.1:9001/"}}
  - {model_name: v6, litellm_params: {model: openai/m, api_base: "http://[::1]:9001/v1/"}}
  - {model_name: environment, litellm_params: {model: openai/m, api_base: os.environ/BASE}}
)");
    EXPECT_EQ(c.models[0].api.at, (runtime::address{"api.openai.com", 443, true}));
    EXPECT_EQ(c.models[0].api.path, "/v1");
    EXPECT_EQ(c.models[0].api_key, "");
    EXPECT_EQ(c.models[1].api.at, (runtime::address{"api.anthropic.com", 443, true}));
    EXPECT_EQ(c.models[2].api.path, "/v1");
    EXPECT_EQ(c.models[3].api.at, (runtime::address{"::1", 9001, false}));
    EXPECT_EQ(c.models[3].api.path, "/v1");
    EXPECT_EQ(c.models[4].api.at, (runtime::address{"127.0.0.1", 9001, false}));
}

TEST(Config, KeepsTheOptionsOfAModelAsJson) {
    auto const c = read(R"(
model_list:
  - {model_name: m, litellm_params: {model: openai/m, max_tokens: 5, temperature: 0.5, stop: [a, "1"]}}
)");
    EXPECT_EQ(c.models[0].options,
              nlohmann::json::parse(R"({"max_tokens":5,"temperature":0.5,"stop":["a","1"]})"));
}

TEST(Config, SpellsTheAuthOfAServerAsHeaders) {
    struct sample {
        char const* type;
        char const* value;
        char const* header;
        char const* sent;
    } const samples[]{
        {"api_key", "k", "X-API-Key", "k"},
        {"bearer_token", "k", "Authorization", "Bearer k"},
        {"bearer_token", "bearer k", "Authorization", "Bearer k"},
        {"basic", "dXNlcjpwYXNz", "Authorization", "Basic dXNlcjpwYXNz"},
        {"basic", "\"user:pass\"", "Authorization", "Basic dXNlcjpwYXNz"},
        {"authorization", "Digest k", "Authorization", "Digest k"},
    };
    for (auto const& s : samples) {
        auto const c =
            read(std::string("mcp_servers: {a: {url: 'http://h/', auth_type: ") + s.type +
                 ", auth_value: " + s.value + ", static_headers: {X-Z: z, X-A: a}}}");
        EXPECT_EQ(c.servers[0].headers,
                  (wire::fields{{s.header, s.sent}, {"X-Z", "z"}, {"X-A", "a"}}))
            << s.type;
    }
    EXPECT_TRUE(
        read("mcp_servers: {a: {url: 'http://h/', auth_type: none}}").servers[0].headers.empty());
}

TEST(Config, StartsAProgramWithItsArgumentsAndNothingElse) {
    auto const  c = read(R"(
mcp_servers: {a: {command: npx, args: [-y, "a b", 5], env: {KEY: os.environ/CANARY, EMPTY: ""}}}
)");
    auto const& server = c.servers[0];
    EXPECT_EQ(server.transport, proxy::mcp_transport::stdio);
    EXPECT_EQ(server.command.arguments, (std::vector<std::string>{"npx", "-y", "a b", "5"}));
    EXPECT_EQ(server.command.environment,
              (std::map<std::string, std::string>{{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                                                  {"KEY", "canary-from-the-environment"},
                                                  {"EMPTY", ""}}));
}

TEST(Config, FindsAServerByNameAndAlias) {
    auto const c = read(R"(
mcp_servers: {a: {url: 'http://h/a', alias: b, timeout: 5}, c: {url: 'http://h/c'}}
litellm_settings: {mcp_aliases: {d: c, e: c, f: a}}
lockstep_settings: {tool_call_timeout: 7s}
)");
    EXPECT_EQ(c.find_server("a"), &c.servers[0]);
    EXPECT_EQ(c.find_server("b"), &c.servers[0]);
    EXPECT_EQ(c.find_server("d"), &c.servers[1]);
    EXPECT_EQ(c.find_server("e"), nullptr);  // the first alias counts
    EXPECT_EQ(c.find_server("f"), nullptr);
    EXPECT_EQ(c.find_server(""), nullptr);
    EXPECT_EQ(c.servers[0].prefix(), "b");
    EXPECT_EQ(c.servers[0].tool_call, 5s);
    EXPECT_EQ(c.servers[1].tool_call, 7s);
    EXPECT_EQ(c.servers[1].tool_listing, 30s);
}

TEST(Config, AnErrorKnowsItsPlace) {
    try {
        read("general_settings:\n  mastr_key: k\n");
        FAIL() << "it was accepted";
    } catch (proxy::config_error const& e) {
        EXPECT_EQ(e.line, 2);
        EXPECT_EQ(e.column, 3);
    }
}

TEST(Config, AKeyFromAnEmptyVariableDoesNotOpenTheGateway) {
    EXPECT_THROW(read("general_settings: {master_key: os.environ/EMPTY}"), proxy::config_error);
}

TEST(Config, AKeyMayBeAsLongAsTheCheckTakes) {
    auto const key = [](std::size_t size) {
        return "general_settings: {master_key: " + std::string(size, 'x') + "}";
    };
    EXPECT_EQ(read(key(512)).master_key->size(), 512U);
    EXPECT_THROW(read(key(513)), proxy::config_error);
}

TEST(Config, ListensForOthersOnlyWithAKey) {
    auto const listen = [](std::string const& at, std::string const& more = "") {
        return read("lockstep_settings: {listen: '" + at + "'" + more + "}").listen.host;
    };
    EXPECT_EQ(listen("127.0.0.2:80"), "127.0.0.2");
    EXPECT_EQ(listen("localhost:80"), "localhost");
    EXPECT_EQ(listen("[::1]:80"), "::1");
    for (auto const* open : {"0.0.0.0:80", "[::]:80", "10.0.0.1:80", "example.org:80",
                             "127.evil.org:80", "[::ffff:127.0.0.1]:80"}) {
        EXPECT_THROW(listen(open), proxy::config_error) << open;
        EXPECT_NO_THROW(listen(open, ", keys: [k]")) << open;
    }
}

TEST(ConfigUrl, IsReadInOneWayOnly) {
    auto const url = proxy::parse_http_url("http://Example.org/a/b?c=d");
    EXPECT_EQ(url.at, (runtime::address{"example.org", 80, false}));
    EXPECT_EQ(url.path, "/a/b?c=d");
    EXPECT_EQ(proxy::parse_http_url("https://h").at, (runtime::address{"h", 443, true}));
    for (auto const* bad : {"",
                            "http:/h/",
                            "http:h",
                            "HTTP://h/",
                            "ftp://h/",
                            "//h/",
                            "http://",
                            "http://:80/",
                            "http://h:/",
                            "http://h:0/",
                            "http://h:65536/",
                            "http://h:+80/",
                            "http://h:80:80/",
                            "http://u@h/",
                            "http://u:p@h/",
                            "http://@h/",
                            "http://h@/",
                            "http://h#@x/",
                            "http://h\\@x/",
                            "http://h /",
                            "http://h\t/",
                            "http://h/\r\nX: y",
                            "http://h..x/",
                            "http://.h/",
                            "http://h./",
                            "http://h%00/",
                            "http://h\xc3\xa4/",
                            "http://[::1/",
                            "http://::1/",
                            "http://[]/",
                            "http://[::1]x/",
                            "http://[fe80::1%25eth0]/",
                            "http://h?x",
                            "http://h/#",
                            "http://h/%4"})
        EXPECT_THROW(proxy::parse_http_url(bad), proxy::bad_url) << bad;
    EXPECT_THROW(proxy::parse_http_url(std::string("http://h\0/", 10)), proxy::bad_url);
}

}  // namespace
