#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <set>

#include "tests/house/rules.hpp"

namespace house {
void PrintTo(rule const& shown, std::ostream* out) { *out << shown.name; }
}  // namespace house

namespace {

namespace fs = std::filesystem;

bool is_text(fs::path const& path) {
    static std::set<std::string> const kinds{".cpp",  ".hpp",      ".txt",   ".json", ".md",
                                             ".yaml", ".scenario", ".query", ".mjs",  ".cmake"};
    return path.extension().empty() || kinds.contains(path.extension().string());
}

// The files of the repository, but nothing that a build, git or npm has put there.
std::vector<house::source> read_tree() {
    static std::set<std::string> const foreign{".git", ".cache", "build", "node_modules"};
    fs::path const                     top = LOCKSTEP_SOURCE_DIR;
    std::vector<house::source>         files;
    for (fs::recursive_directory_iterator i(top), end; i != end; ++i) {
        if (i->is_directory() && foreign.contains(i->path().filename().string()))
            i.disable_recursion_pending();
        if (!i->is_regular_file() || !is_text(i->path())) continue;
        std::ifstream in(i->path(), std::ios::binary);
        std::string   text(std::istreambuf_iterator<char>(in), {});
        files.emplace_back(i->path().lexically_relative(top).generic_string(), text);
    }
    std::sort(files.begin(), files.end(), [](auto& a, auto& b) { return a.path < b.path; });
    return files;
}

std::vector<house::source> const& tree() {
    static auto const files = read_tree();
    return files;
}

class House : public testing::TestWithParam<house::rule> {};

TEST_P(House, Holds) {
    for (auto const& file : tree())
        for (auto const& finding : GetParam().judge(file)) ADD_FAILURE() << finding;
}

INSTANTIATE_TEST_SUITE_P(Rules, House, testing::ValuesIn(house::rules),
                         [](auto const& info) { return info.param.name; });

TEST(Tidy, SeesEveryRoom) {
    std::map<std::string, int> sources;
    for (auto const& file : tree()) sources[file.room] += file.is_cpp();
    for (auto const* room : {"wire", "runtime", "replay", "proxy", "mock_providers", "mock_mcp",
                             "scenarios", "tests", "bench"})
        EXPECT_GT(sources[room], 0) << "no source in " << room << "/";
}

}  // namespace
