#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/gateway_file.hpp"

namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;
using strings = std::vector<std::string>;

fs::path const errors = fs::path(SCENARIO_TESTS) / "gateway_errors";

std::string contents(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> broken_files() {
    std::vector<fs::path> all;
    for (auto const& entry : fs::directory_iterator(errors))
        if (entry.path().extension() == ".gateway") all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

std::string message_of(fs::path const& path) {
    try {
        scenario::parse_gateway(contents(path), path.filename().string());
        return "no error\n";
    } catch (scenario::syntax_error const& e) {
        return std::string(e.what()) + "\n";
    }
}

scenario::gateway_file read(std::string const& text) {
    return scenario::parse_gateway(text, "folder/mine.gateway");
}

}  // namespace

class GatewayFileError : public testing::TestWithParam<fs::path> {};

// As the goldens of scenarios: LOCKSTEP_REWRITE writes them anew, to be reviewed.
TEST_P(GatewayFileError, NamesPlaceFactAndNextStep) {
    auto const golden = fs::path(GetParam()).replace_extension(".error");
    auto const message = message_of(GetParam());
    if (std::getenv("LOCKSTEP_REWRITE") != nullptr) std::ofstream(golden) << message;
    EXPECT_EQ(message, contents(golden));
}

INSTANTIATE_TEST_SUITE_P(Goldens, GatewayFileError, testing::ValuesIn(broken_files()),
                         [](auto const& info) {
                             auto name = info.param.stem().string();
                             std::erase(name, '_');
                             return name;
                         });

TEST(GatewayFile, IsAllDefaultsWhenItSaysNothing) {
    auto const g = read("");
    EXPECT_EQ(g.name, "mine");
    EXPECT_EQ(g.title, "");
    EXPECT_EQ(g.start, strings{});
    EXPECT_EQ(g.key, "sk-lockstep");
    EXPECT_EQ(g.ready, "/");
    EXPECT_EQ(g.ready_within, 10s);
    EXPECT_EQ(g.stop_signal, SIGTERM);
    EXPECT_EQ(g.stop_within, 5s);
    EXPECT_STREQ(g.profile->name, "clean");
    EXPECT_FALSE(g.kept);
    EXPECT_EQ(g.shorten, scenario::gateway_file::shortening::settings);
    EXPECT_EQ(g.slack, 50ms);
    EXPECT_EQ(g.shortest, 0s);
    EXPECT_EQ(g.can, strings{});
}

TEST(GatewayFile, IsReadWordByWord) {
    auto const g = read(
        "# Ours, of today.\n"
        "start     ./gateway serve --port {{port}}   # a comment\n"
        "install   make -C ..\n"
        "env       A=1\n"
        "env       B=x = y\n"
        "at        127.0.0.1:4000\n"
        "key       sk-x\n"
        "header    X-Up {{url}} and more\n"
        "body      {\"max_tokens\": 7}\n"
        "ready     GET /health within 20s\n"
        "stop      QUIT within 3s\n"
        "profile   pass-through\n"
        "keep      yes\n"
        "shorten   clock\n"
        "slack     400ms\n"
        "shortest  500ms\n"
        "can       openai mcp\n"
        "can       /v1/models\n"
        "settings  idle-timeout\n"
        "error     gone idle-timeout\n");
    using pairs = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(g.title, "Ours, of today.");
    EXPECT_EQ(g.start, (strings{"./gateway", "serve", "--port", "{{port}}"}));
    EXPECT_EQ(g.install, "make -C ..");
    EXPECT_EQ(g.environment, (pairs{{"A", "1"}, {"B", "x = y"}}));
    EXPECT_EQ(g.address, "127.0.0.1:4000");
    EXPECT_EQ(g.key, "sk-x");
    EXPECT_EQ(g.headers, (pairs{{"X-Up", "{{url}} and more"}}));
    EXPECT_EQ(g.body, (nlohmann::json{{"max_tokens", 7}}));
    EXPECT_EQ(g.ready, "/health");
    EXPECT_EQ(g.ready_within, 20s);
    EXPECT_EQ(g.stop_signal, SIGQUIT);
    EXPECT_EQ(g.stop_within, 3s);
    EXPECT_STREQ(g.profile->name, "pass-through");
    EXPECT_TRUE(g.kept);
    EXPECT_EQ(g.shorten, scenario::gateway_file::shortening::clock);
    EXPECT_EQ(g.slack, 400ms);
    EXPECT_EQ(g.shortest, 500ms);
    EXPECT_EQ(g.can, (strings{"openai", "mcp", "/v1/models"}));
    EXPECT_EQ(g.settings, strings{"idle-timeout"});
    EXPECT_EQ(g.errors, (std::map<std::string, std::string>{{"gone", "idle-timeout"}}));
}

TEST(GatewayFile, HoldsFilesWithoutTheirSharedIndentation) {
    auto const g = read(
        "file a.yaml\n"
        "    a:\n"
        "      - 1\n"
        "\n"
        "    # not ours\n"
        "file b\n"
        "  b\n"
        "keep yes\n");
    ASSERT_EQ(g.files.size(), 2u);
    EXPECT_EQ(g.files[0].first, "a.yaml");
    EXPECT_EQ(g.files[0].second, "a:\n  - 1\n\n# not ours\n");
    EXPECT_EQ(g.files[1].second, "b\n");
    EXPECT_TRUE(g.kept);
}

TEST(FindGateway, ReadsAllThatComeAlong) {
    auto const names = scenario::gateway_names();
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
    EXPECT_NE(std::find(names.begin(), names.end(), "lockstep"), names.end());
    for (auto const& name : names) {
        auto const g = scenario::find_gateway(name);
        EXPECT_EQ(g.name, name);
        EXPECT_NE(g.title, "") << name;
        EXPECT_TRUE(g.is_direct || !g.start.empty()) << name;
        EXPECT_FALSE(g.can.empty()) << name;
    }
}

TEST(FindGateway, TakesOneThatRunsAlready) {
    auto const g = scenario::find_gateway("http://127.0.0.1:4000/v1");
    EXPECT_EQ(g.address, "127.0.0.1:4000");
    EXPECT_EQ(scenario::find_gateway("http://gateway").address, "gateway:80");
    EXPECT_TRUE(g.start.empty());
    EXPECT_TRUE(g.kept);
    EXPECT_EQ(g.shorten, scenario::gateway_file::shortening::none);
    EXPECT_NE(std::find(g.can.begin(), g.can.end(), "*"), g.can.end());
}

TEST(FindGateway, TellsWhichThereAre) {
    try {
        scenario::find_gateway("lockstap");
        ADD_FAILURE() << "found";
    } catch (scenario::syntax_error const& e) {
        std::string const said = e.what();
        EXPECT_TRUE(
            said.starts_with("--gateway lockstap: no gateway has this name\n\n"
                             "  did you mean 'lockstep'? there are: "))
            << said;
        EXPECT_NE(said.find("; or give a file, or an http:// URL"), said.npos) << said;
    }
    EXPECT_THROW(scenario::find_gateway("no/such.gateway"), scenario::syntax_error);
}
