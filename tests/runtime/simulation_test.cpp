#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "runtime/real_stopwatch.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::simulation;

std::vector<std::string> const none;

bool names(std::vector<std::string> const& trouble, std::string const& what) {
    return std::any_of(trouble.begin(), trouble.end(),
                       [&](auto const& t) { return t.find(what) != t.npos; });
}

class noted_alarm final : public runtime::alarm {
public:
    noted_alarm(runtime::clock& c, std::string& rung, char name)
        : alarm(c), rung_(rung), name_(name) {}

private:
    void ring() override { rung_ += name_; }

    std::string& rung_;
    char         name_;
};

// Posts itself again, `left` times.
void post_on(simulation& world, int left, std::function<void()> each) {
    if (left == 0) return;
    boost::asio::post(world.world().executor, [&world, left, each] {
        each();
        post_on(world, left - 1, each);
    });
}

TEST(Simulation, TimeStandsStillWhileThereIsWorkAndJumpsToTheNextDeadline) {
    simulation             world;
    auto&                  clock = world.world().clock;
    std::set<std::int64_t> seen;
    auto const             look = [&] { seen.insert(play::elapsed(world) / 1ns); };
    post_on(world, 10'000, look);
    auto story = [&]() -> awaitable<void> {
        co_await clock.sleep_for(3s);
        look();
        post_on(world, 10'000, look);
        co_await clock.sleep_for(17ns);
        look();
    };
    boost::asio::co_spawn(world.world().executor, story(), [](std::exception_ptr) {});
    EXPECT_EQ(world.run(), simulation::ended::quiet);
    EXPECT_EQ(seen, (std::set<std::int64_t>{0, 3'000'000'000, 3'000'000'017}));
}

TEST(Simulation, TenMinutesTakeLessThanTenMilliseconds) {
    std::int64_t shortest = INT64_MAX;
    for (int attempt = 0; attempt < 5; ++attempt) {
        auto const began = runtime::wall_nanoseconds();
        simulation world;
        play::out(world, world.world().clock.sleep_for(600s));
        EXPECT_EQ(play::elapsed(world), 600s);
        shortest = std::min(shortest, runtime::wall_nanoseconds() - began);
    }
    EXPECT_LT(shortest, 10'000'000);
}

TEST(Simulation, VirtualTimeBeginsAtOneHourAndAtAFixedDate) {
    simulation world;
    auto&      clock = world.world().clock;
    EXPECT_EQ(clock.now().time_since_epoch(), 1h);
    EXPECT_EQ(clock.unix_seconds(), 1'767'225'600);
    play::out(world, clock.sleep_for(90s + 999ms));
    EXPECT_EQ(clock.unix_seconds(), 1'767'225'690);
}

TEST(Simulation, ASleepInThePastGoesOnAtOnce) {
    simulation world;
    play::out(world, world.world().clock.sleep_for(-1s));
    play::out(world, world.world().clock.sleep_for(0s));
    EXPECT_EQ(play::elapsed(world), 0s);
}

TEST(Simulation, AlarmsOfOneInstantRingInTheOrderInWhichTheyWereSet) {
    simulation  world;
    auto&       clock = world.world().clock;
    std::string rung;
    noted_alarm a(clock, rung, 'a'), b(clock, rung, 'b'), c(clock, rung, 'c');
    noted_alarm d(clock, rung, 'd'), e(clock, rung, 'e');
    auto const  due = clock.now() + 1s;
    c.set(due);
    a.set(due);
    e.set(due);
    b.set(due);
    a.set(due);  // set anew: it is now the last
    d.set(due - 1ns);
    e.stop();
    EXPECT_EQ(world.run(), simulation::ended::quiet);
    EXPECT_EQ(rung, "dcba");
    EXPECT_EQ(clock.alarm_count(), 0u);
}

TEST(Simulation, WhatARingSetsForThisInstantLetsReadyWorkGoFirst) {
    simulation  world;
    auto&       clock = world.world().clock;
    std::string order;
    class again final : public runtime::alarm {
    public:
        again(simulation& w, std::string& order)
            : alarm(w.world().clock), world_(w), order_(order) {}

    private:
        void ring() override {
            order_ += 'r';
            boost::asio::post(world_.world().executor, [this] { order_ += 'w'; });
            if (order_.size() < 6) set(world_.world().clock.now());
        }
        simulation&  world_;
        std::string& order_;
    } alarm(world, order);
    alarm.set(clock.now() + 1s);
    world.run();
    EXPECT_EQ(order, "rwrwrwrw");
    EXPECT_EQ(play::elapsed(world), 1s);
}

TEST(Simulation, FifoIsTheOrderOfPosting) {
    simulation  world;
    std::string order;
    for (char c = 'a'; c <= 'h'; ++c)
        boost::asio::post(world.world().executor, [&order, c] { order += c; });
    world.run();
    EXPECT_EQ(order, "abcdefgh");
}

std::string shuffled(std::uint64_t seed, int size) {
    simulation  world({.seed = seed, .order = runtime::ready_order::shuffled});
    std::string order;
    for (int i = 0; i < size; ++i)
        boost::asio::post(world.world().executor,
                          [&order, i] { order += static_cast<char>('a' + i); });
    world.run();
    return order;
}

TEST(Simulation, ASeedDecidesTheShuffledOrder) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        auto const order = shuffled(seed, 8);
        EXPECT_EQ(shuffled(seed, 8), order);
        seen.insert(order);
    }
    EXPECT_GT(seen.size(), 90u);
}

TEST(Simulation, EveryOrderOfThreeComesAboutWithSomeSeed) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 100; ++seed) seen.insert(shuffled(seed, 3));
    EXPECT_EQ(seen, (std::set<std::string>{"abc", "acb", "bac", "bca", "cab", "cba"}));
}

TEST(Simulation, AnyOrderKeepsTheSameWork) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto order = shuffled(seed, 26);
        std::sort(order.begin(), order.end());
        EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
    }
}

TEST(Simulation, ANestedRunIsRefusedAndNoted) {
    simulation  world;
    std::string order;
    boost::asio::post(world.world().executor, [&] {
        order += 'a';
        world.run();
        order += 'b';
    });
    boost::asio::post(world.world().executor, [&] { order += 'c'; });
    world.run();
    EXPECT_EQ(order, "abc");
    EXPECT_TRUE(names(world.watch().trouble(), "nested run"));
}

TEST(Simulation, AnotherLoopInsideAHandlerIsRefusedAndNoted) {
    simulation outer;
    simulation inner;
    bool       ran = false;
    boost::asio::post(inner.world().executor, [&] { ran = true; });
    boost::asio::post(outer.world().executor, [&] { inner.run(); });
    outer.run();
    EXPECT_FALSE(ran);
    EXPECT_TRUE(names(outer.watch().trouble(), "nested run"));
    inner.run();
    EXPECT_TRUE(ran);
}

TEST(Simulation, AHandlerOnAForeignThreadIsNoted) {
    simulation world;
    auto&      watch = world.watch();
    boost::asio::post(world.world().executor, [] {});
    // `until` is asked between two handlers: the loop runs, and none of its own handlers does.
    world.run([&] {
        std::thread stranger([&] {
            watch.handler_begins();
            watch.handler_ends();
        });
        stranger.join();
        return true;
    });
    EXPECT_TRUE(names(watch.trouble(), "foreign thread"));
}

void block() {
    std::this_thread::sleep_for(60ms);  // waived: the loop watch has to catch exactly this
}

TEST(Simulation, AHandlerThatWaitsInTheKernelIsNoted) {
    simulation world;
    boost::asio::post(world.world().executor, [] { block(); });
    world.run();
    EXPECT_TRUE(names(world.watch().trouble(), "blocked loop"));
}

TEST(Simulation, AWaitThatIsExcusedOrNotMeasuredIsNotNoted) {
    simulation world;
    boost::asio::post(world.world().executor, [&] {
        block();
        world.watch().excuse();
    });
    world.run();
    EXPECT_EQ(world.watch().trouble(), none);

    simulation unwatched;
    unwatched.watch().measure = false;
    boost::asio::post(unwatched.world().executor, [] { block(); });
    unwatched.run();
    EXPECT_EQ(unwatched.watch().trouble(), none);
}

TEST(Simulation, WhatAHandlerThrowsLeavesRunAndTheLoopIsAsBefore) {
    simulation world;
    bool       later = false;
    boost::asio::post(world.world().executor, [] { throw std::runtime_error("a trailer"); });
    boost::asio::post(world.world().executor, [&] {
        later = true;
        block();
    });
    EXPECT_THROW(world.run(), std::runtime_error);
    EXPECT_EQ(world.run(), simulation::ended::quiet);
    EXPECT_TRUE(later);
    EXPECT_TRUE(names(world.watch().trouble(), "blocked loop"));
}

TEST(Simulation, WorkWithoutEndInOneInstantIsALivelock) {
    simulation world({.steps_per_instant_max = 1000});
    post_on(world, 5000, [] {});
    EXPECT_EQ(world.run(), simulation::ended::livelock);
    EXPECT_EQ(world.steps(), 1001u);
}

TEST(Simulation, TheSameWorkSpreadOverTimeIsNoLivelock) {
    simulation world({.steps_per_instant_max = 1000});
    auto       story = [&]() -> awaitable<void> {
        for (int i = 0; i < 5000; ++i) co_await world.world().clock.sleep_for(1ns);
    };
    play::out(world, story());
    EXPECT_EQ(play::elapsed(world), 5us);
}

TEST(Simulation, ItIsQuietWhenSomebodyWaitsForEver) {
    simulation    world;
    runtime::bell never;
    bool          over = false;
    boost::asio::co_spawn(world.world().executor, never.wait(),
                          [&](std::exception_ptr) { over = true; });
    EXPECT_EQ(world.run([&] { return over; }), simulation::ended::quiet);
    EXPECT_FALSE(over);
    EXPECT_EQ(never.waiting(), 1u);
    never.ring();
    EXPECT_EQ(world.run([&] { return over; }), simulation::ended::goal);
}

TEST(Simulation, ItStopsAtItsGoalAndGoesOnLater) {
    simulation  world;
    std::string order;
    for (char c = 'a'; c <= 'e'; ++c)
        boost::asio::post(world.world().executor, [&order, c] { order += c; });
    EXPECT_EQ(world.run([&] { return order.size() == 2; }), simulation::ended::goal);
    EXPECT_EQ(order, "ab");
    EXPECT_EQ(world.run(), simulation::ended::quiet);
    EXPECT_EQ(order, "abcde");
}

TEST(Simulation, WhatIsLeftOverIsNamed) {
    simulation world;
    EXPECT_EQ(world.left_over(), none);
    {
        auto             listener = world.world().network.listen({"openai", 80});
        std::string      rung;
        noted_alarm      a(world.world().clock, rung, 'a');
        play::connection both;
        auto             story = [&]() -> awaitable<void> {
            runtime::address const to{"openai", 80};
            both.near = co_await world.world().network.connect(to);
            both.far = co_await listener->accept();
        };
        play::out(world, story());
        a.set(world.world().clock.now() + 1h);
        EXPECT_EQ(world.left_over(),
                  (std::vector<std::string>{"connection to openai:80", "connection at openai:80",
                                            "listener at openai:80", "1 alarm still set"}));
        both.far->close();
        listener->close();
        noted_alarm b(world.world().clock, rung, 'b');
        b.set(world.world().clock.now() + 1h);
        EXPECT_EQ(world.left_over(),
                  (std::vector<std::string>{"connection to openai:80", "2 alarms still set"}));
    }
    EXPECT_EQ(world.left_over(), none);
}

TEST(Simulation, ReadyWorkThatMustWaitForLongIsNotedAsStarved) {
    simulation world;
    for (int i = 0; i < 100'000; ++i) boost::asio::post(world.world().executor, [] {});
    world.run();
    EXPECT_EQ(world.watch().trouble(), none);
    for (int i = 0; i < 100'002; ++i) boost::asio::post(world.world().executor, [] {});
    world.run();
    EXPECT_TRUE(names(world.watch().trouble(), "starved"));
}

TEST(Simulation, WhatIsReadyWhenItEndsIsDroppedAndNotRun) {
    bool       ran = false;
    auto const token = std::make_shared<int>(1);
    {
        simulation world;
        boost::asio::post(world.world().executor, [&ran, token] { ran = true; });
        EXPECT_EQ(token.use_count(), 2);
    }
    EXPECT_FALSE(ran);
    EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
