#include <gtest/gtest.h>

#include "runtime/deadline.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::error_code;

class Deadline : public testing::Test {
protected:
    explicit Deadline(runtime::simulation_options o = {.pipe_capacity = 10}) : world(o) {}

    awaitable<std::string> read(runtime::duration limit) {
        std::string room(16, ' ');
        error_code  why;
        std::size_t n = 0;
        try {
            n = co_await runtime::read_within(*near, boost::asio::buffer(room), clock, limit, late);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        if (why) co_return play::name_of(why);
        co_return room.substr(0, n);
    }
    awaitable<std::string> write(std::string bytes, runtime::duration limit) {
        boost::asio::const_buffer const                  one(bytes.data(), bytes.size());
        std::span<boost::asio::const_buffer const> const all(&one, 1);
        auto writing = runtime::write_within(*near, all, clock, limit, late);
        co_return co_await play::outcome_of(std::move(writing));
    }
    void after(runtime::duration time, std::function<void()> what) {
        auto later = [](runtime::clock& c, runtime::duration t,
                        std::function<void()> f) -> awaitable<void> {
            co_await c.sleep_for(t);
            f();
        };
        others.spawn("later", later(clock, time, std::move(what)));
    }
    void say(std::string bytes) {
        auto saying = [](runtime::stream& s, std::string b) -> awaitable<void> {
            co_await s.write(b);
        };
        others.spawn("say", saying(*far, std::move(bytes)));
    }
    std::string at(std::string what) {
        return runtime::to_text(play::elapsed(world)) + ' ' + std::move(what);
    }

    error_code const                 late = boost::asio::error::timed_out;
    std::string const                too_late = play::name_of(late);
    runtime::simulation              world;
    runtime::clock&                  clock = world.world().clock;
    std::unique_ptr<runtime::stream> near, far;
    runtime::task_group              others{world.world().executor};

    void SetUp() override {
        auto both = world.world().network.pair();
        near = std::move(both.first);
        far = std::move(both.second);
    }
    void TearDown() override {
        EXPECT_EQ(clock.alarm_count(), 0u);
        play::stop(world, others);
    }
};

TEST_F(Deadline, AReadInTimeIsARead) {
    after(5ms, [&] { say("abc"); });
    auto story = [&]() -> awaitable<void> { EXPECT_EQ(at(co_await read(6ms)), "5ms abc"); };
    play::out(world, story());
}

TEST_F(Deadline, AReadThatIsLateLosesNothing) {
    after(5ms, [&] { say("abc"); });
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await read(4ms)), "4ms " + too_late);
        EXPECT_EQ(at(co_await read(1h)), "5ms abc");
    };
    play::out(world, story());
}

TEST_F(Deadline, TheEndIsNoError) {
    after(5ms, [&] { far->end(); });
    auto story = [&]() -> awaitable<void> { EXPECT_EQ(at(co_await read(1h)), "5ms "); };
    play::out(world, story());
}

TEST_F(Deadline, AResetIsAResetAndNotLate) {
    after(5ms, [&] { far->reset(); });
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await read(1h)), "5ms connection_reset");
    };
    play::out(world, story());
}

TEST_F(Deadline, AWriteThatNobodyTakesIsLate) {
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await write("0123456789", 5ms)), "0ms ok");
        EXPECT_EQ(at(co_await write("more", 5ms)), "5ms " + too_late);
        EXPECT_EQ(co_await play::read(*far), "0123456789");
        EXPECT_EQ(at(co_await write("more", 5ms)), "5ms ok");
    };
    play::out(world, story());
}

TEST_F(Deadline, AWriteThatIsTakenInTimeIsAWrite) {
    after(4ms, [&] {
        auto reading = [](runtime::stream& s) -> awaitable<void> { co_await play::read(s); };
        others.spawn("read", reading(*far));
    });
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await write("0123456789abc", 5ms)), "4ms ok");
    };
    play::out(world, story());
}

TEST_F(Deadline, ACancelFromOutsideIsNotLate) {
    auto story = [&]() -> awaitable<void> {
        error_code const other = boost::asio::error::no_buffer_space;
        std::string      room(16, ' ');
        auto reading = runtime::read_within(*near, boost::asio::buffer(room), clock, 1h, late);
        std::string seen;
        auto        watched = [&](awaitable<std::size_t> r) -> awaitable<void> {
            seen = co_await play::outcome_of(std::move(r));
        };
        auto limited = runtime::within(clock, 5ms, other, watched(std::move(reading)));
        co_await play::outcome_of(std::move(limited));
        EXPECT_EQ(at(seen), "5ms operation_aborted");
    };
    play::out(world, story());
}

TEST_F(Deadline, OneThatIsClosedIsAbortedAndNotLate) {
    after(5ms, [&] { near->close(); });
    auto story = [&]() -> awaitable<void> {
        EXPECT_EQ(at(co_await read(1h)), "5ms operation_aborted");
    };
    play::out(world, story());
}

// Bytes and limit in one instant: whichever comes first, no byte is lost.
TEST(DeadlineRace, BytesThatComeWithTheLimitAreReadNowOrNext) {
    error_code const late = boost::asio::error::timed_out;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        runtime::simulation world({.seed = seed, .order = runtime::ready_order::shuffled});
        auto&               clock = world.world().clock;
        auto                both = world.world().network.pair();
        auto                saying = [&]() -> awaitable<void> {
            co_await clock.sleep_for(5ms);
            co_await both.second->write("abc");
        };
        runtime::task_group others(world.world().executor);
        others.spawn("say", saying());
        auto story = [&]() -> awaitable<void> {
            std::string room(16, ' ');
            std::size_t n = 0;
            for (int attempt = 0; attempt < 2 && n == 0; ++attempt) try {
                    n = co_await runtime::read_within(*both.first, boost::asio::buffer(room), clock,
                                                      5ms, late);
                } catch (boost::system::system_error const& e) {
                    EXPECT_EQ(e.code(), late);
                }
            EXPECT_EQ(room.substr(0, n), "abc") << "seed " << seed;
            EXPECT_EQ(play::elapsed(world), 5ms);
        };
        play::out(world, story());
        play::stop(world, others);
    }
}

}  // namespace
