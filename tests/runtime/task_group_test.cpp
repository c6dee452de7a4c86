#include <gtest/gtest.h>

#include "runtime/task_group.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using heard = std::vector<std::string>;
using boost::system::system_error;

awaitable<void> sleeps(runtime::simulation& world, runtime::duration time, std::string name,
                       heard& all) {
    auto const how = co_await play::outcome_of(world.world().clock.sleep_for(time));
    all.push_back(runtime::to_text(play::elapsed(world)) + ' ' + name + ' ' + how);
    if (how != "ok") throw system_error(boost::asio::error::operation_aborted);
}

awaitable<void> throws(runtime::simulation& world, runtime::duration time, std::string what) {
    co_await world.world().clock.sleep_for(time);
    throw std::runtime_error(what);
}

class TaskGroup : public testing::Test {
protected:
    void doze(std::string name, runtime::duration time) {
        group.spawn(name, sleeps(world, time, name, all));
    }
    void fail(std::string what, runtime::duration time) {
        group.spawn(what, throws(world, time, what));
    }
    // What this throws; "ok" if nothing.
    std::string said(awaitable<void> work) {
        try {
            play::out(world, std::move(work));
        } catch (std::exception const& e) {
            return e.what();
        }
        return "ok";
    }

    runtime::simulation world;
    runtime::task_group group{world.world().executor};
    heard               all;
};

TEST_F(TaskGroup, WaitsUntilNoChildIsLeft) {
    doze("a", 5ms);
    doze("b", 3ms);
    EXPECT_EQ(group.size(), 2u);
    EXPECT_EQ(group.names(), (heard{"a", "b"}));
    EXPECT_EQ(said(group.wait()), "ok");
    EXPECT_EQ(all, (heard{"3ms b ok", "5ms a ok"}));
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(said(group.wait()), "ok");
}

TEST_F(TaskGroup, AChildThatThrowsDoesNotDisturbTheOthers) {
    doze("a", 5ms);
    fail("broken", 1ms);
    doze("b", 3ms);
    EXPECT_EQ(said(group.wait()), "broken");
    EXPECT_EQ(all, (heard{"3ms b ok", "5ms a ok"}));
}

TEST_F(TaskGroup, TheFirstThatWasThrownIsThrownAgainAndOnlyOnce) {
    fail("second", 2ms);
    fail("first", 1ms);
    fail("third", 3ms);
    EXPECT_EQ(said(group.wait()), "first");
    EXPECT_EQ(play::elapsed(world), 3ms);
    EXPECT_EQ(said(group.wait()), "ok");
}

TEST_F(TaskGroup, AChildThatThrowsBeforeItWaitsIsKeptToo) {
    auto at_once = []() -> awaitable<void> {
        throw std::runtime_error("at once");
        co_return;
    };
    group.spawn("at once", at_once());
    EXPECT_EQ(said(group.wait()), "at once");
}

TEST_F(TaskGroup, StopCancelsAndWaits) {
    doze("a", 1h);
    doze("b", 2h);
    world.run([&] { return world.steps() > 10 || world.world().clock.alarm_count() == 2; });
    EXPECT_EQ(said(group.stop()), "ok");
    EXPECT_EQ(all, (heard{"0ms a operation_aborted", "0ms b operation_aborted"}));
    EXPECT_EQ(world.world().clock.alarm_count(), 0u);
}

TEST_F(TaskGroup, StopEndsChildrenThatHaveNotBegun) {
    doze("a", 1h);
    EXPECT_EQ(said(group.stop()), "ok");
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(play::elapsed(world), 0s);
}

// What is spawned before the loop runs may be stopped before its first step, if the order of what
// is ready is another.
TEST(TaskGroupInAnyOrder, StopEndsChildrenThatHaveNotBegun) {
    int       begun = 0;
    int const seeds = 50;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        runtime::simulation_options options;
        options.seed = seed;
        options.order = runtime::ready_order::shuffled;
        runtime::simulation world(options);
        runtime::task_group group(world.world().executor);
        auto                child = [&]() -> awaitable<void> {
            ++begun;
            co_await world.world().clock.sleep_for(5ms);
        };
        group.spawn("child", child());
        EXPECT_NO_THROW(play::out(world, group.stop())) << "seed " << seed;
        EXPECT_EQ(group.size(), 0u) << "seed " << seed;
    }
    EXPECT_GT(begun, 0);
    EXPECT_LT(begun, seeds);
}

TEST_F(TaskGroup, StopThrowsWhatAChildThrowsOnItsWayOut) {
    auto stubborn = [&]() -> awaitable<void> {
        co_await play::outcome_of(world.world().clock.sleep_for(1h));
        throw std::runtime_error("no farewell");
    };
    group.spawn("stubborn", stubborn());
    world.run([&] { return world.world().clock.alarm_count() == 1; });
    EXPECT_EQ(said(group.stop()), "no farewell");
}

TEST_F(TaskGroup, ChildrenMaySpawnChildren) {
    auto parent = [&]() -> awaitable<void> {
        doze("child", 5ms);
        co_return;
    };
    group.spawn("parent", parent());
    EXPECT_EQ(said(group.wait()), "ok");
    EXPECT_EQ(all, heard{"5ms child ok"});
}

TEST_F(TaskGroup, JoinWaitsForAll) {
    doze("a", 5ms);
    doze("b", 20ms);
    EXPECT_EQ(said(group.join()), "ok");
    EXPECT_EQ(all, (heard{"5ms a ok", "20ms b ok"}));
    EXPECT_EQ(said(group.join()), "ok") << "nobody is left";
}

TEST_F(TaskGroup, InAJoinTheFirstThatFailsEndsTheOthers) {
    doze("a", 5ms);
    doze("b", 1h);
    fail("broken", 10ms);
    EXPECT_EQ(said(group.join()), "broken");
    EXPECT_EQ(play::elapsed(world), 10ms);
    EXPECT_EQ(group.size(), 0u);
    EXPECT_EQ(all, (heard{"5ms a ok", "10ms b operation_aborted"}));
    EXPECT_EQ(said(group.wait()), "ok") << "what was thrown has been told";
}

TEST_F(TaskGroup, CancellingAJoinEndsTheChildren) {
    doze("a", 1h);
    runtime::error_code const late = boost::asio::error::timed_out;
    auto                      story = [&]() -> awaitable<void> {
        auto joining = group.join();
        auto limited = runtime::within(world.world().clock, 1ms, late, std::move(joining));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        EXPECT_EQ(group.size(), 0u);
    };
    EXPECT_EQ(said(story()), "ok");
    EXPECT_EQ(all, heard{"1ms a operation_aborted"});
}

TEST_F(TaskGroup, InAJoinSomethingIsDoneMeanwhile) {
    doze("a", 25ms);
    doze("b", 12ms);
    auto note = [&](bool ended) -> awaitable<void> {
        all.push_back(runtime::to_text(play::elapsed(world)) +
                      (ended ? " one ended" : " meanwhile"));
        co_return;
    };
    EXPECT_EQ(said(group.join(world.world().clock, 10ms, note)), "ok");
    EXPECT_EQ(all, (heard{"10ms meanwhile", "12ms b ok", "12ms one ended", "22ms meanwhile",
                          "25ms a ok"}));
}

TEST_F(TaskGroup, TroubleMeanwhileEndsTheChildren) {
    doze("a", 1h);
    auto trouble = [&](bool) -> awaitable<void> { return throws(world, 1ms, "nobody listens"); };
    EXPECT_EQ(said(group.join(world.world().clock, 10ms, trouble)), "nobody listens");
    EXPECT_EQ(all, heard{"11ms a operation_aborted"});
}

TEST_F(TaskGroup, CancellingAWaiterLeavesTheChildrenAlone) {
    doze("a", 5ms);
    runtime::error_code const late = boost::asio::error::timed_out;
    auto                      story = [&]() -> awaitable<void> {
        auto waiting = group.wait();
        auto limited = runtime::within(world.world().clock, 1ms, late, std::move(waiting));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        EXPECT_EQ(group.size(), 1u);
        co_await group.wait();
    };
    EXPECT_EQ(said(story()), "ok");
    EXPECT_EQ(all, heard{"5ms a ok"});
}

TEST(TaskGroupDeathTest, AGroupThatForgetsItsChildrenEndsTheProcessWithTheirNames) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    auto forget = [] {
        runtime::simulation world;
        heard               all;
        runtime::task_group group(world.world().executor);
        group.spawn("the forgotten one", sleeps(world, 1h, "a", all));
    };
    EXPECT_DEATH(forget(), "the forgotten one");
}

}  // namespace
