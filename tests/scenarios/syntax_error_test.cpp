#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "scenarios/scenario.hpp"
#include "scenarios/stage.hpp"

namespace fs = std::filesystem;

namespace {

fs::path const folder = fs::path(SCENARIO_TESTS) / "errors";

std::string contents(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> broken_scenarios() {
    std::vector<fs::path> all;
    for (auto const& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".scenario") all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

std::string message_of(fs::path const& path) {
    try {
        // Some words only the stage understands: faults and settings.
        scenario::play(scenario::read_file(path.string()), {});
        return "no error\n";
    } catch (scenario::syntax_error const& e) {
        std::string message = e.what();
        auto const  prefix = folder.string() + "/";
        for (auto at = message.find(prefix); at != message.npos; at = message.find(prefix))
            message.erase(at, prefix.size());
        return message + "\n";
    }
}

}  // namespace

class SyntaxError : public testing::TestWithParam<fs::path> {};

// NAME.error beside NAME.scenario holds the whole message. With LOCKSTEP_REWRITE in the
// environment the goldens are written anew, to be reviewed.
TEST_P(SyntaxError, NamesPlaceFactAndNextStep) {
    auto const golden = fs::path(GetParam()).replace_extension(".error");
    auto const message = message_of(GetParam());
    if (std::getenv("LOCKSTEP_REWRITE") != nullptr) std::ofstream(golden) << message;
    EXPECT_EQ(message, contents(golden));
}

INSTANTIATE_TEST_SUITE_P(Goldens, SyntaxError, testing::ValuesIn(broken_scenarios()),
                         [](auto const& info) {
                             // GoogleTest wants no underscores in names.
                             auto name = info.param.stem().string();
                             std::erase(name, '_');
                             return name;
                         });

TEST(SyntaxErrorMessage, TellsOfAFileThatCannotBeRead) {
    EXPECT_STREQ(
        scenario::syntax_error("x.scenario", {}, {}, "this file cannot be read", "hm?").what(),
        "x.scenario: this file cannot be read\n\n  hm?");
    EXPECT_THROW(scenario::read_file("no/such.scenario"), scenario::syntax_error);
    EXPECT_THROW(scenario::read_file(folder.string()), scenario::syntax_error);
}

TEST(SyntaxErrorMessage, PutsTheCaretBelowItsCharacter) {
    EXPECT_STREQ(scenario::syntax_error("f", "\t海 x", {7, 4, 1}, "p", {}).what(),
                 "f:7:4: p\n\n  7 | \t海 x\n    | \t  ^");
}
