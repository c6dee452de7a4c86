#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;

// Whoever waits for one bell, and when each goes on.
class tower {
public:
    ~tower() { play::stop(world, waiting); }

    void wait(std::string name) { waiting.spawn(name, waits(name)); }
    void wait_for(std::string name, runtime::duration limit) {
        waiting.spawn(name, waits_for(name, limit));
    }
    void after(runtime::duration time, std::function<void()> what) {
        waiting.spawn("later", does(time, std::move(what)));
    }
    void run() { world.run(); }

    runtime::simulation world;
    runtime::clock&     clock = world.world().clock;
    runtime::bell       bell;
    runtime::task_group waiting{world.world().executor};
    heard               all;

private:
    void note(std::string what) {
        all.push_back(runtime::to_text(play::elapsed(world)) + ' ' + std::move(what));
    }
    awaitable<void> waits(std::string name) {
        co_await bell.wait();
        note(name);
    }
    awaitable<void> waits_for(std::string name, runtime::duration limit) {
        bool const rang = co_await bell.wait_for(clock, limit);
        note(name + (rang ? " rang" : " late"));
    }
    awaitable<void> does(runtime::duration time, std::function<void()> what) {
        co_await clock.sleep_for(time);
        what();
    }
};

TEST(Bell, WakesAllWhoWaitInTheirOrder) {
    tower t;
    for (auto const* name : {"a", "b", "c"}) t.wait(name);
    t.after(3ms, [&] {
        EXPECT_EQ(t.bell.waiting(), 3u);
        t.bell.ring();
        EXPECT_EQ(t.bell.waiting(), 0u);
    });
    t.run();
    EXPECT_EQ(t.all, (heard{"3ms a", "3ms b", "3ms c"}));
}

TEST(Bell, NobodyWaitsForARingThatHasPassed) {
    tower t;
    t.bell.ring();
    t.wait("a");
    t.run();
    EXPECT_EQ(t.all, heard{});
    EXPECT_EQ(t.bell.waiting(), 1u);
}

TEST(Bell, WhoComesWhileItRingsWaitsForTheNext) {
    tower t;
    t.wait("a");
    t.after(1ms, [&] {
        t.bell.ring();
        t.wait("b");
    });
    t.run();
    EXPECT_EQ(t.all, heard{"1ms a"});
}

TEST(Bell, PatienceEndsAtItsLimit) {
    tower t;
    t.wait_for("a", 5ms);
    t.wait_for("b", 20ms);
    t.wait("c");
    t.after(10ms, [&] { t.bell.ring(); });
    t.run();
    EXPECT_EQ(t.all, (heard{"5ms a late", "10ms b rang", "10ms c"}));
    EXPECT_EQ(t.clock.alarm_count(), 0u);
}

TEST(Bell, ARingInTheInstantOfTheLimitCounts) {
    tower t;
    t.after(5ms, [&] { t.bell.ring(); });
    t.run();
    t.all.clear();
    // Whichever of the two comes first in this instant, the waiter goes on once.
    tower ring_first;
    ring_first.after(5ms, [&] { ring_first.bell.ring(); });
    ring_first.after(0ms, [&] { ring_first.wait_for("a", 5ms); });
    ring_first.run();
    EXPECT_EQ(ring_first.all.size(), 1u);
    tower limit_first;
    limit_first.wait_for("a", 5ms);
    limit_first.after(5ms, [&] { limit_first.bell.ring(); });
    limit_first.run();
    EXPECT_EQ(limit_first.all.size(), 1u);
}

TEST(Bell, ACancelledWaiterIsForgottenAndOthersAreNot) {
    tower t;
    t.wait("a");
    auto story = [&]() -> awaitable<void> {
        runtime::error_code const late = boost::asio::error::timed_out;
        auto                      waiting = t.bell.wait();
        auto                      limited = runtime::within(t.clock, 5ms, late, std::move(waiting));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        EXPECT_EQ(t.bell.waiting(), 1u);
        auto patient = t.bell.wait_for(t.clock, 1h);
        auto short_one = runtime::within(t.clock, 5ms, late, std::move(patient));
        EXPECT_EQ(co_await play::outcome_of(std::move(short_one)), play::name_of(late));
        EXPECT_EQ(t.bell.waiting(), 1u);
        EXPECT_EQ(t.clock.alarm_count(), 0u);
        t.bell.ring();
    };
    play::out(t.world, story());
    t.run();
    EXPECT_EQ(t.all, heard{"10ms a"});
}

TEST(Bell, ThoseWhoWaitWhenItGoesAreAborted) {
    runtime::simulation world;
    auto                bell = std::make_unique<runtime::bell>();
    std::string         why;
    auto story = [&]() -> awaitable<void> { why = co_await play::outcome_of(bell->wait()); };
    runtime::task_group waiting(world.world().executor);
    waiting.spawn("wait", story());
    world.run();
    EXPECT_EQ(why, "");
    bell.reset();
    world.run();
    EXPECT_EQ(why, "operation_aborted");
}

}  // namespace
