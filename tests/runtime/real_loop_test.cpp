#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/post.hpp>
#include <thread>

#include "runtime/real.hpp"
#include "tests/runtime/real_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

std::vector<std::string> const none;

void block() {
    std::this_thread::sleep_for(60ms);  // waived: the loop watch has to catch exactly this
}

bool names(std::vector<std::string> const& trouble, std::string const& what) {
    for (auto const& t : trouble)
        if (t.find(what) != std::string::npos) return true;
    return false;
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

TEST(RealClock, AlarmsRingInTheOrderOfTheirDeadlines) {
    runtime::real_world world(true);
    auto&               clock = world.world().clock;
    std::string         rung;
    noted_alarm         a(clock, rung, 'a'), b(clock, rung, 'b'), c(clock, rung, 'c');
    noted_alarm         d(clock, rung, 'd'), e(clock, rung, 'e');
    auto const          start = clock.now();
    c.set(start + 15ms);
    a.set(start + 5ms);
    b.set(start + 5ms);
    d.set(start + 1ms);
    d.stop();
    e.set(start + 1h);
    e.set(start + 10ms);
    world.run();
    EXPECT_EQ(rung, "abec");
    EXPECT_GE(clock.now() - start, 15ms);
    EXPECT_EQ(clock.alarm_count(), 0u);
}

TEST(RealClock, AStoppedAlarmDoesNotHoldTheLoop) {
    for (bool const watched : {false, true}) {
        runtime::real_world world(watched);
        auto&               clock = world.world().clock;
        std::string         rung;
        noted_alarm         a(clock, rung, 'a');
        boost::asio::post(world.world().executor, [&] { a.set(clock.now() + 1h); });
        boost::asio::post(world.world().executor, [&] { a.stop(); });
        world.run();
        EXPECT_EQ(rung, "");

        a.set(clock.now() + 1ms);
        world.run();
        EXPECT_EQ(rung, "a");
    }
}

TEST(RealClock, SleepsAreCancelled) {
    runtime::real_world world(true);
    auto&               clock = world.world().clock;
    auto                story = [&]() -> awaitable<void> {
        auto const start = clock.now();
        auto const late = make_error_code(boost::system::errc::timed_out);
        auto       long_sleep = clock.sleep_for(1h);
        try {
            co_await runtime::within(clock, 5ms, late, std::move(long_sleep));
            ADD_FAILURE() << "an hour has passed";
        } catch (boost::system::system_error const& e) {
            EXPECT_EQ(e.code(), late);
        }
        EXPECT_LT(clock.now() - start, 5s);
    };
    play::to_the_end(world, story());
    EXPECT_EQ(world.watch().trouble(), none);
}

TEST(RealLoop, AQuietRunHasNoTrouble) {
    runtime::real_world world(true);
    auto                story = [&]() -> awaitable<void> {
        auto both = co_await play::connect(world.world());
        for (int i = 0; i < 100; ++i) {
            EXPECT_EQ(co_await play::write(*both.near, "ping"), "ok");
            EXPECT_EQ(co_await play::read(*both.far), "ping");
        }
    };
    play::to_the_end(world, story());
    EXPECT_EQ(world.watch().trouble(), none);
}

TEST(RealLoop, ANestedRunIsNoticedAndRefused) {
    for (bool const watched : {false, true}) {
        runtime::real_world world(watched);
        std::string         order;
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
}

TEST(RealLoop, AnotherLoopInsideAHandlerIsNoticed) {
    runtime::real_world outer(true);
    runtime::real_world inner(true);
    bool                ran = false;
    boost::asio::post(inner.world().executor, [&] { ran = true; });
    boost::asio::post(outer.world().executor, [&] { inner.run(); });
    outer.run();
    EXPECT_FALSE(ran);
    EXPECT_TRUE(names(outer.watch().trouble(), "nested run"));
}

TEST(RealLoop, AHandlerThatSleepsIsNoticed) {
    runtime::real_world world(true);
    boost::asio::post(world.world().executor, [] { block(); });
    world.run();
    EXPECT_TRUE(names(world.watch().trouble(), "blocked loop"));
}

// It ends a wait, so nobody but io_handler sees where it begins.
TEST(RealLoop, AHandlerThatSleepsAfterAWaitIsNoticed) {
    runtime::real_world world(true);
    auto                story = [&]() -> awaitable<void> {
        co_await world.world().clock.sleep_for(5ms);
        block();
    };
    play::to_the_end(world, story());
    EXPECT_TRUE(names(world.watch().trouble(), "blocked loop"));
}

TEST(RealLoop, AHandlerThatSleepsAfterDataIsNoticed) {
    runtime::real_world world(true);
    auto                story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        std::string   room(8, ' ');
        play::pending reading;
        both.near->start_read(boost::asio::buffer(room),
                                             runtime::io_handler([](runtime::error_code, std::size_t) { block(); },
                                                  both.near->executor()));
        co_await world.world().clock.sleep_for(5ms);
        EXPECT_EQ(co_await play::write(*both.far, "x"), "ok");
        co_await world.world().clock.sleep_for(5ms);
    };
    play::to_the_end(world, story());
    EXPECT_TRUE(names(world.watch().trouble(), "blocked loop"));
}

TEST(RealLoop, AForeignThreadIsNoticed) {
    runtime::loop_watch watch;
    ASSERT_TRUE(watch.run_begins());
    std::thread stranger([&] {
        watch.handler_begins();
        watch.handler_ends();
    });
    stranger.join();
    watch.run_ends();
    EXPECT_TRUE(names(watch.trouble(), "foreign thread"));
}

TEST(RealLoop, AnExceptionThatLeavesAHandlerEndsNeitherTheLoopNorItsSilence) {
    for (bool const watched : {false, true}) {
        runtime::real_world world(watched);
        bool                later = false;
        boost::asio::post(world.world().executor, [] { throw std::runtime_error("a trailer"); });
        boost::asio::post(world.world().executor, [&] { later = true; });
        testing::internal::CaptureStderr();
        world.run();
        EXPECT_EQ(testing::internal::GetCapturedStderr(), "exception left a handler: a trailer\n");
        EXPECT_TRUE(later);
        EXPECT_TRUE(names(world.watch().trouble(), "exception left a handler: a trailer"));
    }
}

TEST(RealLoop, StopEndsARunThatOthersHold) {
    runtime::real_world world;
    auto                story = [&]() -> awaitable<void> {
        co_await world.world().clock.sleep_for(2ms);
        world.stop();
        co_await world.world().clock.sleep_for(1h);
    };
    boost::asio::co_spawn(world.world().executor, story(), [](std::exception_ptr) {});
    world.run();
    EXPECT_EQ(world.left_over(), (std::vector<std::string>{"1 alarm set"}));
}

TEST(RealLoop, SignalsAreToldOnTheLoop) {
    runtime::real_world world(true);
    std::vector<int>    told;
    world.on_signals([&](int number) {
        told.push_back(number);
        if (told.size() == 1) ::raise(SIGTERM);
        if (told.size() == 2) world.stop();
    });
    boost::asio::post(world.world().executor, [] { ::raise(SIGHUP); });
    world.run();
    EXPECT_EQ(told, (std::vector<int>{SIGHUP, SIGTERM}));
}

}  // namespace
