#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "tests/runtime/simulated_play.hpp"

// guarded() and within(): the one shape of trouble.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::system::system_error;
using runtime::error_code;

error_code late() { return boost::asio::error::timed_out; }

class Guarded : public testing::Test {
protected:
    // "5ms RESULT" or "5ms ERROR".
    std::string said(awaitable<std::string> work) {
        std::string heard;
        try {
            auto story = [&](awaitable<std::string> w) -> awaitable<void> {
                heard = co_await std::move(w);
            };
            play::out(world, story(std::move(work)));
        } catch (system_error const& e) {
            heard = play::name_of(e.code());
        }
        return runtime::to_text(play::elapsed(world)) + ' ' + heard;
    }

    awaitable<std::string> answers(runtime::duration time) {
        in_work ending(*this);
        co_await clock.sleep_for(time);
        co_return "answer";
    }
    awaitable<std::string> breaks(runtime::duration time) {
        in_work ending(*this);
        co_await clock.sleep_for(time);
        throw system_error(boost::asio::error::connection_reset);
    }
    awaitable<void> hangs_up(runtime::duration time) {
        in_work ending(*this);
        co_await clock.sleep_for(time);
        throw system_error(boost::asio::error::broken_pipe);
    }

    // Counts who is still in its frame.
    struct in_work {
        Guarded& of;
        explicit in_work(Guarded& g) : of(g) { ++of.running; }
        ~in_work() { --of.running; }
    };

    runtime::simulation world;
    runtime::clock&     clock = world.world().clock;
    int                 running = 0;
};

TEST_F(Guarded, GivesWhatTheWorkGives) {
    EXPECT_EQ(said(runtime::guarded(answers(5ms), hangs_up(1h))), "5ms answer");
    EXPECT_EQ(running, 0);
    EXPECT_EQ(clock.alarm_count(), 0u);
}

TEST_F(Guarded, ThrowsWhatTheGuardThrows) {
    EXPECT_EQ(said(runtime::guarded(answers(1h), hangs_up(5ms))), "5ms broken_pipe");
    EXPECT_EQ(running, 0);
    EXPECT_EQ(clock.alarm_count(), 0u);
}

// chriskohlhoff/asio#900: with operator|| this comes out as "late" at 30 s.
TEST_F(Guarded, TheResetAtFiveMillisecondsIsTheResetAtFiveMilliseconds) {
    EXPECT_EQ(said(runtime::within(clock, 30s, late(), breaks(5ms))), "5ms connection_reset");
    EXPECT_EQ(running, 0);
}

TEST_F(Guarded, ALimitIsThrownAtItsTime) {
    EXPECT_EQ(said(runtime::within(clock, 30s, late(), answers(1h))),
              "30s " + play::name_of(late()));
    EXPECT_EQ(running, 0);
}

TEST_F(Guarded, AResultInTheInstantOfTheLimitIsKept) {
    EXPECT_EQ(said(runtime::within(clock, 5ms, late(), answers(5ms))), "5ms answer");
}

TEST_F(Guarded, AResultInTheInstantOfTheLimitIsKeptInAnyOrder) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        runtime::simulation shuffled({.seed = seed, .order = runtime::ready_order::shuffled});
        auto&               of = shuffled.world().clock;
        bool                done = false;
        auto                works = [&]() -> awaitable<int> {
            co_await of.sleep_for(5ms);
            done = true;
            co_return 42;
        };
        std::optional<int> got;
        std::string        how;
        auto               story = [&]() -> awaitable<void> {
            auto limited = runtime::within(of, 5ms, late(), works());
            try {
                got = co_await std::move(limited);
            } catch (system_error const& e) {
                how = play::name_of(e.code());
            }
        };
        play::out(shuffled, story());
        // Work that has done what it does is never told to have been late.
        EXPECT_EQ(got.has_value(), done) << "seed " << seed << ' ' << how;
    }
}

TEST_F(Guarded, TheLoserHasEndedBeforeItReturns) {
    bool ended = false;
    auto slow_to_go = [&]() -> awaitable<std::string> {
        co_await play::outcome_of(clock.sleep_for(1h));
        co_await boost::asio::this_coro::reset_cancellation_state();
        co_await clock.sleep_for(20ms);
        ended = true;
        co_return "too late";
    };
    auto story = [&]() -> awaitable<std::string> {
        auto const how = co_await play::outcome_of(runtime::guarded(slow_to_go(), hangs_up(5ms)));
        EXPECT_TRUE(ended);
        co_return how;
    };
    // It had a result after all, and that is kept.
    EXPECT_EQ(said(story()), "25ms ok");
}

TEST_F(Guarded, CancellingFromOutsideReachesTheInside) {
    auto inner = runtime::within(clock, 2h, late(), answers(1h));
    auto middle = runtime::guarded(std::move(inner), hangs_up(3h));
    EXPECT_EQ(said(runtime::within(clock, 5ms, late(), std::move(middle))),
              "5ms " + play::name_of(late()));
    EXPECT_EQ(running, 0);
    EXPECT_EQ(clock.alarm_count(), 0u);
}

TEST_F(Guarded, ACancelledOneIsAbortedAndNotLate) {
    std::string how;
    auto        story = [&]() -> awaitable<void> {
        how = co_await play::outcome_of(runtime::within(clock, 2h, late(), answers(1h)));
    };
    runtime::task_group group(world.world().executor);
    group.spawn("story", story());
    world.run([&] { return clock.alarm_count() == 2; });
    play::out(world, group.stop());
    EXPECT_EQ(how, "operation_aborted");
    EXPECT_EQ(running, 0);
}

TEST_F(Guarded, TheInnerLimitIsTheInnerLimit) {
    error_code const inner_late = boost::asio::error::no_buffer_space;
    auto             inner = runtime::within(clock, 5ms, inner_late, answers(1h));
    EXPECT_EQ(said(runtime::within(clock, 1h, late(), std::move(inner))),
              "5ms " + play::name_of(inner_late));
}

TEST_F(Guarded, WorkWithoutAResult) {
    auto nothing = [&]() -> awaitable<void> { co_await clock.sleep_for(5ms); };
    auto story = [&]() -> awaitable<std::string> {
        co_await runtime::within(clock, 6ms, late(), nothing());
        co_return co_await play::outcome_of(runtime::within(clock, 4ms, late(), nothing()));
    };
    EXPECT_EQ(said(story()), "9ms " + play::name_of(late()));
}

TEST_F(Guarded, WorkThatIsDoneAtOnceSetsNoAlarm) {
    auto at_once = []() -> awaitable<std::string> { co_return "at once"; };
    EXPECT_EQ(said(runtime::within(clock, 1h, late(), at_once())), "0ms at once");
    EXPECT_EQ(clock.alarm_count(), 0u);
}

}  // namespace
