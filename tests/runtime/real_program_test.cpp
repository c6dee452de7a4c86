#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "runtime/real_program.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class RealProgram : public testing::Test {
protected:
    runtime::command shell(std::string script) const {
        return {{"/bin/sh", "-c", std::move(script)}, {{"PATH", "/usr/bin:/bin"}}};
    }

    std::string said() const {
        std::ifstream file(log, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // Until the program has said it; false after ten seconds.
    bool hears(std::string const& words) const {
        return comes_true([&] { return said().find(words) != std::string::npos; });
    }

    static bool comes_true(std::function<bool()> const& so) {
        for (int i = 0; i < 2000 && !so(); ++i) ::poll(nullptr, 0, 5);
        return so();
    }

    runtime::own_folder folder;
    std::string         log = folder.path() + "/log";
};

bool lives(int id) { return ::kill(id, 0) == 0 || errno != ESRCH; }

TEST_F(RealProgram, SaysAllToItsLogAndHasNoInput) {
    runtime::background_program const program(shell("echo out; echo err >&2; cat; exit 3"), log);
    EXPECT_TRUE(comes_true([&] { return program.status().has_value(); }));
    EXPECT_EQ(program.status(), 3);
    EXPECT_EQ(program.status(), 3) << "it is asked for twice";
    EXPECT_EQ(said(), "out\nerr\n");
    runtime::background_program const again(shell("echo more"), log);
    EXPECT_TRUE(hears("out\nerr\nmore\n")) << "the log is appended to";
}

TEST_F(RealProgram, HasNoStatusWhileItRuns) {
    runtime::background_program program(shell("echo up; exec tail -f /dev/null"), log);
    ASSERT_TRUE(hears("up"));
    EXPECT_EQ(program.status(), std::nullopt);
    EXPECT_TRUE(program.stop(SIGTERM, 5s));
    EXPECT_EQ(program.status(), 128 + SIGTERM);
}

TEST_F(RealProgram, MayTidyUpWhenItIsAskedToEnd) {
    runtime::background_program program(
        shell("trap 'echo bye; exit 0' TERM; echo up; while :; do :; done"), log);
    ASSERT_TRUE(hears("up"));
    EXPECT_TRUE(program.stop(SIGTERM, 5s));
    EXPECT_EQ(program.status(), 0);
    EXPECT_EQ(said(), "up\nbye\n");
}

TEST_F(RealProgram, IsKilledIfItDoesNotEnd) {
    runtime::background_program program(
        shell("trap '' TERM; echo up; while :; do sleep 0.02; done"), log);
    ASSERT_TRUE(hears("up"));
    EXPECT_FALSE(program.stop(SIGTERM, 50ms));
    EXPECT_TRUE(comes_true([&] { return program.status().has_value(); }));
    EXPECT_EQ(program.status(), 128 + SIGKILL);
}

TEST_F(RealProgram, TakesItsChildrenAlong) {
    int child = 0;
    {
        runtime::background_program const program(shell("tail -f /dev/null & echo child $!; wait"),
                                                  log);
        ASSERT_TRUE(hears("\n"));
        child = std::atoi(said().substr(6).c_str());
        ASSERT_GT(child, 1);
        EXPECT_TRUE(lives(child));
        EXPECT_TRUE(comes_true([&] { return runtime::figures_of(program.id()).processes == 2; }));
    }
    EXPECT_TRUE(comes_true([&] { return runtime::figures_of(child).processes == 0; }));
    // A killed orphan stays a zombie until its new parent reaps it: it runs no more all the same.
    auto const runs = [&] {
        std::ifstream file("/proc/" + std::to_string(child) + "/stat");
        std::string   id, name, state;
        return (file >> id >> name >> state) && state != "Z";
    };
    EXPECT_TRUE(comes_true([&] { return !runs(); }));
}

TEST_F(RealProgram, EndsWithWhoeverStartedIt) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    auto const parent = ::fork();
    if (parent == 0) {  // a process of its own, which is told to end
        runtime::background_program const program(shell("exec tail -f /dev/null"), log);
        int const                         id = program.id();
        [[maybe_unused]] auto const       told = ::write(ends[1], &id, sizeof id);
        for (;;) ::pause();
    }
    int child = 0;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    EXPECT_TRUE(lives(child));
    ::kill(parent, SIGTERM);
    int how = 0;
    ASSERT_EQ(::waitpid(parent, &how, 0), parent);
    EXPECT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
    EXPECT_TRUE(comes_true([&] { return runtime::figures_of(child).processes == 0; }));
    ::close(ends[0]);
    ::close(ends[1]);
}

// Nobody hears of a SIGKILL: the program and what it has started end all the same.
TEST_F(RealProgram, EndsWithWhoeverStartedItAndIsKilled) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    auto const parent = ::fork();
    if (parent == 0) {
        runtime::background_program const program(
            shell("tail -f /dev/null & echo up; exec tail -f /dev/null"), log);
        int const                   id = program.id();
        [[maybe_unused]] auto const told = ::write(ends[1], &id, sizeof id);
        for (;;) ::pause();
    }
    ::close(ends[1]);
    int child = 0;
    ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
    ASSERT_TRUE(hears("up"));
    EXPECT_TRUE(comes_true([&] { return runtime::figures_of(child).processes == 2; }));
    ::kill(parent, SIGKILL);
    ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
    EXPECT_TRUE(comes_true([&] { return runtime::figures_of(child).processes == 0; }));
    // Its guardian has none of our descriptors: nobody writes into this pipe any more.
    EXPECT_EQ(::read(ends[0], &child, sizeof child), 0);
    ::close(ends[0]);
}

TEST_F(RealProgram, ThatIsNotThereThrows) {
    EXPECT_THROW(runtime::background_program({{"/no/such/program"}, {}}, log),
                 boost::system::system_error);
    EXPECT_THROW(runtime::background_program(shell(":"), "/no/such/folder/log"),
                 boost::system::system_error);
}

TEST_F(RealProgram, HasTheGivenEnvironmentOnly) {
    runtime::background_program const program({{"/usr/bin/env"}, {{"A", "1"}, {"B", "x y"}}}, log);
    EXPECT_TRUE(hears("B=x y\n"));
    EXPECT_EQ(said(), "A=1\nB=x y\n");
}

TEST_F(RealProgram, HasItsFiguresCounted) {
    runtime::background_program const program(shell("exec sleep 60 5</dev/null 6</dev/null"), log);
    EXPECT_TRUE(comes_true([&] { return runtime::figures_of(program.id()).descriptors == 5; }))
        << "those of this test are not inherited";
    auto const now = runtime::figures_of(program.id());
    EXPECT_EQ(now.processes, 1);
    EXPECT_EQ(now.threads, 1);
    EXPECT_GT(now.resident, 64u * 1024);
    EXPECT_EQ(runtime::settled_figures(program.id(), now).descriptors, now.descriptors);
    EXPECT_TRUE(comes_true([&] { return runtime::queued_nanoseconds_of(program.id()) >= 0; }));
}

TEST(OwnFolder, IsGoneWithAllThatIsInIt) {
    std::string path;
    {
        runtime::own_folder const folder, other;
        path = folder.path();
        EXPECT_NE(path, other.path());
        EXPECT_TRUE(fs::is_directory(path));
        fs::create_directories(path + "/a/b");
        std::ofstream(path + "/a/b/c") << "x";
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST(OwnProgram, IsThisTest) {
    EXPECT_EQ(fs::path(runtime::program_path()).filename(), "runtime_test");
}

}  // namespace
