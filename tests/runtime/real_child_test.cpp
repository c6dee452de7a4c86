#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/real.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/real_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::error_code;

runtime::command shell(std::string script) {
    return {{"/bin/sh", "-c", std::move(script)}, {{"PATH", "/usr/bin:/bin"}}};
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

awaitable<std::string> all_of(runtime::stream& s) {
    std::string text;
    std::string room(4096, ' ');
    while (auto const n = co_await s.read(boost::asio::buffer(room))) text.append(room, 0, n);
    co_return text;
}

class RealChild : public testing::Test {
protected:
    void play(awaitable<void> story) {
        play::to_the_end(world, std::move(story));
        world.run();  // what was killed is reaped
        EXPECT_FALSE(has_children()) << "a zombie or a child that lives";
        EXPECT_EQ(world.left_over(), std::vector<std::string>{});
        EXPECT_EQ(world.watch().trouble(), std::vector<std::string>{});
    }

    std::unique_ptr<runtime::child> spawn(runtime::command const& c) {
        return world.world().network.spawn(c);
    }

    runtime::real_world world{true};
};

TEST_F(RealChild, EchoesAndEndsWithItsInput) {
    auto story = [&]() -> awaitable<void> {
        auto cat = spawn({{"cat"}, {}});
        EXPECT_EQ(co_await play::write(cat->io(), "hello"), "ok");
        EXPECT_EQ(co_await play::read(cat->io()), "hello");
        cat->io().end();
        EXPECT_EQ(co_await play::read(cat->io()), "eof");
        EXPECT_EQ(co_await cat->exited(), 0);
        EXPECT_EQ(co_await cat->exited(), 0);
    };
    play(story());
}

TEST_F(RealChild, CarriesAMebibyteBothWays) {
    std::string const sent(1 << 20, 'm');
    auto              story = [&]() -> awaitable<void> {
        auto          cat = spawn({{"cat"}, {}});
        play::pending writing;
        play::start_write(cat->io(), boost::asio::buffer(sent), writing);
        cat->io().end();
        auto const got = co_await all_of(cat->io());
        EXPECT_TRUE(got == sent);
        EXPECT_EQ(co_await cat->exited(), 0);
    };
    play(story());
}

TEST_F(RealChild, TellsItsStatus) {
    auto story = [&]() -> awaitable<void> {
        auto seven = spawn(shell("exit 7"));
        EXPECT_EQ(co_await seven->exited(), 7);
        auto terminated = spawn({{"sleep", "1000"}, {}});
        terminated->terminate();
        EXPECT_EQ(co_await terminated->exited(), 128 + SIGTERM);
        auto killed = spawn({{"sleep", "1000"}, {}});
        killed->kill();
        EXPECT_EQ(co_await killed->exited(), 128 + SIGKILL);
        killed->kill();  // hits nobody
    };
    play(story());
}

TEST_F(RealChild, GetsItsArgumentsAsTheyAre) {
    auto story = [&]() -> awaitable<void> {
        auto       printf = spawn({{"printf", "[%s]", "a b", "$HOME", "'*'", ""}, {}});
        auto const text = co_await all_of(printf->io());
        EXPECT_EQ(text, "[a b][$HOME]['*'][]");
        EXPECT_EQ(co_await printf->exited(), 0);
    };
    play(story());
}

TEST_F(RealChild, GetsExactlyTheGivenEnvironment) {
    auto story = [&]() -> awaitable<void> {
        auto       env = spawn({{"/usr/bin/env"}, {{"B", "2 =x"}, {"A", "1"}}});
        auto const text = co_await all_of(env->io());
        EXPECT_EQ(text, "A=1\nB=2 =x\n");
        auto       bare = spawn({{"/usr/bin/env"}, {}});
        auto const nothing = co_await all_of(bare->io());
        EXPECT_EQ(nothing, "");
    };
    play(story());
}

TEST_F(RealChild, InheritsNoDescriptors) {
    int const open_to_all = ::dup(0);  // without close-on-exec
    auto      story = [&]() -> awaitable<void> {
        auto       both = co_await play::connect(world.world());
        auto       other = spawn({{"cat"}, {}});
        auto       ls = spawn({{"ls", "/proc/self/fd"}, {}});
        auto const text = co_await all_of(ls->io());
        EXPECT_EQ(text, "0\n1\n2\n3\n");  // 3 is the folder that ls reads
    };
    play(story());
    ::close(open_to_all);
}

TEST_F(RealChild, DoesNotInheritThatWeIgnoreSigpipe) {
    auto story = [&]() -> awaitable<void> {
        auto          grep = spawn({{"grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"}, {}});
        auto const    text = co_await all_of(grep->io());
        unsigned long blocked = 1;
        unsigned long ignored = ~0UL;
        EXPECT_EQ(std::sscanf(text.c_str(), "SigBlk: %lx SigIgn: %lx", &blocked, &ignored), 2);
        EXPECT_EQ(blocked, 0u);
        EXPECT_EQ(ignored & 0x7fffffff, 0u) << "32 and up are the C library's own";
    };
    play(story());
}

TEST_F(RealChild, AFloodOfErrorTextDoesNotBlockIt) {
    auto story = [&]() -> awaitable<void> {
        auto loud = spawn(shell("head -c 1048576 /dev/zero | tr '\\0' e >&2; printf END >&2"));
        EXPECT_EQ(co_await loud->exited(), 0);
        auto const words = loud->last_words();
        EXPECT_EQ(words.size(), 64u * 1024);
        EXPECT_TRUE(words.ends_with("eeeEND"));
    };
    play(story());
}

TEST_F(RealChild, WritingToADeadOneIsABrokenPipe) {
    auto story = [&]() -> awaitable<void> {
        auto gone = spawn({{"true"}, {}});
        co_await gone->exited();
        EXPECT_EQ(co_await play::write(gone->io(), "hello"), "broken_pipe");
        EXPECT_EQ(co_await play::read(gone->io()), "eof");
    };
    play(story());
}

TEST_F(RealChild, AProgramThatIsNotThereIsSaid) {
    try {
        spawn({{"no-such-program-here"}, {}});
        FAIL() << "it started";
    } catch (boost::system::system_error const& e) {
        EXPECT_EQ(e.code(), boost::system::errc::no_such_file_or_directory);
        EXPECT_NE(std::string(e.what()).find("'no-such-program-here'"), std::string::npos);
    }
    EXPECT_EQ(world.left_over(), std::vector<std::string>{});
    EXPECT_FALSE(has_children());
}

// 'Z' is a zombie that waits for its parent, 'X' is gone.
char state_of(int process) {
    auto* const file = std::fopen(("/proc/" + std::to_string(process) + "/stat").c_str(), "r");
    if (!file) return 'X';
    char state = 'X';
    if (std::fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 'X';
    std::fclose(file);
    return state;
}

TEST_F(RealChild, IsEndedWithAllItsKindWhenItsOwnerLeaves) {
    auto story = [&]() -> awaitable<void> {
        auto       parent = spawn(shell("sleep 1000 & echo $!; wait"));
        auto const text = co_await play::read(parent->io());
        int const  grandchild = std::stoi(text);
        EXPECT_EQ(::kill(grandchild, 0), 0);
        parent.reset();
        // Its own parent is dead, so somebody else reaps it.
        while (state_of(grandchild) != 'Z' && state_of(grandchild) != 'X')
            co_await world.world().clock.sleep_for(1ms);
    };
    play(story());
}

TEST_F(RealChild, AWorldMayEndWhileItLivesAndIsAwaited) {
    auto world_of_its_own = std::make_unique<runtime::real_world>(true);
    auto story = [](runtime::world w) -> awaitable<void> {
        runtime::command const sleep{{"sleep", "1000"}, {}};
        auto                   child = w.network.spawn(sleep);
        co_await child->exited();
    };
    boost::asio::co_spawn(world_of_its_own->world().executor, story(world_of_its_own->world()),
                          [](std::exception_ptr) {});
    world_of_its_own->run([&] { return !world_of_its_own->left_over().empty(); });
    EXPECT_EQ(world_of_its_own->left_over(), (std::vector<std::string>{"1 child not ended"}));
    world_of_its_own.reset();
    EXPECT_FALSE(has_children());
}

}  // namespace
