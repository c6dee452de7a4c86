#include <gtest/gtest.h>

#include "runtime/scaled_clock.hpp"
#include "tests/runtime/simulated_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

class noted_alarm final : public runtime::alarm {
public:
    noted_alarm(runtime::clock& c, std::string& rung, char name)
        : alarm(c), rung_(rung), name_(name) {}

private:
    void ring() override { rung_ += name_; }

    std::string& rung_;
    char         name_;
};

TEST(ScaledClock, TenMinutesPassInASixtiethOfTheTime) {
    runtime::simulation   world;
    runtime::scaled_clock fast(world.world().clock, 60);
    auto const            began = fast.now();
    play::out(world, fast.sleep_for(600s));
    EXPECT_EQ(fast.now() - began, 600s);
    EXPECT_EQ(play::elapsed(world), 10s);
    EXPECT_EQ(fast.unix_seconds(), world.world().clock.unix_seconds());
}

TEST(ScaledClock, BeginsWhereItsBaseIs) {
    runtime::simulation world;
    play::out(world, world.world().clock.sleep_for(3s));
    runtime::scaled_clock fast(world.world().clock, 7);
    EXPECT_EQ(fast.now(), world.world().clock.now());
}

TEST(ScaledClock, AnAlarmNeverRingsEarly) {
    for (std::int64_t const factor : {1, 2, 3, 7, 60, 1000}) {
        runtime::simulation   world;
        runtime::scaled_clock fast(world.world().clock, factor);
        for (auto const time : {1ns, 2ns, 6ns, 7ns, 8ns, 999ns, 1001ns}) {
            auto const due = fast.now() + time;
            play::out(world, fast.sleep_until(due));
            EXPECT_GE(fast.now(), due) << factor;
            EXPECT_LT(fast.now() - due, runtime::duration(factor)) << factor;
        }
    }
}

TEST(ScaledClock, AlarmsRingInTheOrderOfTheirDeadlines) {
    runtime::simulation   world;
    runtime::scaled_clock fast(world.world().clock, 60);
    std::string           rung;
    noted_alarm           a(fast, rung, 'a'), b(fast, rung, 'b'), c(fast, rung, 'c');
    noted_alarm           d(fast, rung, 'd');
    c.set(fast.now() + 3s);
    a.set(fast.now() + 1s);
    b.set(fast.now() + 1s);
    d.set(fast.now() + 500ms);
    d.stop();
    world.run();
    EXPECT_EQ(rung, "abc");
    EXPECT_EQ(play::elapsed(world), 50ms);
    EXPECT_EQ(fast.alarm_count(), 0u);
    EXPECT_EQ(world.world().clock.alarm_count(), 0u);
}

TEST(ScaledClock, AnEarlierAlarmSetLaterComesFirst) {
    runtime::simulation   world;
    runtime::scaled_clock fast(world.world().clock, 10);
    auto                  story = [&]() -> awaitable<void> {
        std::string rung;
        noted_alarm far(fast, rung, 'f'), near(fast, rung, 'n');
        far.set(fast.now() + 10s);
        co_await fast.sleep_for(1s);
        near.set(fast.now() + 1s);
        co_await fast.sleep_for(2s);
        EXPECT_EQ(rung, "n");
        co_await fast.sleep_for(8s);
        EXPECT_EQ(rung, "nf");
        EXPECT_EQ(play::elapsed(world), 1100ms);
    };
    play::out(world, story());
}

}  // namespace
