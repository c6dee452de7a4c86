#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <memory>

// What `lockstep` says of a command line that it cannot read: the fact, a guess, the next step; and
// an exit status of 2, which no verdict has.

namespace {

struct heard {
    std::string said;
    int         status = -1;
};

heard run(std::string const& words) {
    heard       all;
    auto const  line = std::string(LOCKSTEP_PROGRAM) + ' ' + words + " 2>&1 </dev/null";
    auto* const program = popen(line.c_str(), "r");
    if (!program) return all;
    char bytes[4096];
    while (auto const n = fread(bytes, 1, sizeof bytes, program)) all.said.append(bytes, n);
    auto const status = pclose(program);
    if (WIFEXITED(status)) all.status = WEXITSTATUS(status);
    return all;
}

struct sample {
    char const* name;
    char const* words;
    char const* said;  // its first line
};

sample const samples[] = {
    {"NoCommand", "rnu x", "lockstep: there is no command 'rnu'; did you mean 'run'?"},
    {"NothingLikeIt", "quux", "lockstep: there is no command 'quux'"},
    {"NoOption", "run --sed 4 x",
     "lockstep run: there is no option '--sed'; did you mean '--seed'?"},
    {"NoOptionWithItsValue", "run x --jbs=4",
     "lockstep run: there is no option '--jbs=4'; did you mean '--jobs'?"},
    {"NoFile", "run", "lockstep run: SCENARIO is required"},
    {"NoWordOfTheList", "list fromats",
     "lockstep list: WHAT: 'fromats' is not known; did you mean 'formats'?"},
    {"NoCheck", "run --check tex x",
     "lockstep run: --check: 'tex' is not known; did you mean 'text'?"},
    {"OneTooMany", "trace a b", "lockstep trace: 'b' is one word too many"},
};

class CommandLine : public testing::TestWithParam<sample> {};

TEST_P(CommandLine, SaysWhatItCannotRead) {
    auto const& [name, words, said] = GetParam();
    auto const all = run(words);
    EXPECT_EQ(all.said.substr(0, all.said.find('\n')), said);
    EXPECT_NE(all.said.find(" --help tells of all it takes\n"), std::string::npos);
    EXPECT_EQ(all.status, 2);
}

INSTANTIATE_TEST_SUITE_P(Samples, CommandLine, testing::ValuesIn(samples),
                         [](auto const& info) { return std::string(info.param.name); });

TEST(CommandLineItself, NamesItsCommandsWhereNoneIsGiven) {
    auto const all = run("");
    EXPECT_TRUE(all.said.starts_with("lockstep: which of its commands? run, ")) << all.said;
    EXPECT_EQ(all.status, 2);
}

TEST(CommandLineItself, HelpAndVersionAreNoErrors) {
    EXPECT_EQ(run("--version").said.substr(0, 9), "lockstep ");
    EXPECT_EQ(run("--version").status, 0);
    EXPECT_EQ(run("run --help").status, 0);
}

}  // namespace
