#include <gtest/gtest.h>

#include "tests/runtime/simulated_play.hpp"

// Names, ports and the watch over streams. What a connection does is in conformance_test.cpp.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::error_code;
using runtime::simulation;

std::vector<std::string> const none;

TEST(SimulationNetwork, NobodyListeningRefuses) {
    simulation world;
    auto       story = [&]() -> awaitable<void> {
        runtime::address const to{"nobody", 80};
        auto                   connecting = world.world().network.connect(to);
        EXPECT_EQ(co_await play::outcome_of(std::move(connecting)), "Connection refused");
    };
    play::out(world, story());
}

TEST(SimulationNetwork, OneAddressHasOneListenerAtATime) {
    simulation world;
    auto&      network = world.world().network;
    auto       first = network.listen({"proxy", 80});
    EXPECT_THROW(network.listen({"proxy", 80}), boost::system::system_error);
    auto const other = network.listen({"proxy", 0});
    auto const third = network.listen({"proxy", 0});
    EXPECT_NE(other->local().port, 0);
    EXPECT_NE(other->local(), third->local());
    first->close();
    EXPECT_EQ(network.listen({"proxy", 80})->local(), (runtime::address{"proxy", 80}));
}

TEST(SimulationNetwork, WhoeverConnectsWaitsInTheBacklogInOrder) {
    simulation world;
    auto       listener = world.world().network.listen({"proxy", 80});
    auto       story = [&]() -> awaitable<void> {
        runtime::address const to{"proxy", 80};
        auto                   a = co_await world.world().network.connect(to);
        auto                   b = co_await world.world().network.connect(to);
        co_await a->write("a");
        co_await b->write("b");
        auto first = co_await listener->accept();
        auto second = co_await listener->accept();
        EXPECT_EQ(co_await play::read(*first), "a");
        EXPECT_EQ(co_await play::read(*second), "b");
    };
    play::out(world, story());
    EXPECT_EQ(world.watch().trouble(), none);
}

TEST(SimulationNetwork, AListenerThatClosesResetsItsBacklogAndEndsItsAccept) {
    simulation world;
    auto       listener = world.world().network.listen({"proxy", 80});
    auto       story = [&]() -> awaitable<void> {
        runtime::address const to{"proxy", 80};
        auto                   a = co_await world.world().network.connect(to);
        listener->close();
        EXPECT_EQ(co_await play::read(*a), "connection_reset");
        EXPECT_EQ(co_await play::outcome_of(listener->accept()), "operation_aborted");
    };
    play::out(world, story());

    auto waiting = world.world().network.listen({"proxy", 80});
    auto closing = [&]() -> awaitable<void> {
        auto&            clock = world.world().clock;
        error_code const late = boost::asio::error::timed_out;
        auto             accepting = waiting->accept();
        auto             outcome = play::outcome_of(std::move(accepting));
        class closer     final : public runtime::alarm {
        public:
            closer(runtime::clock& c, runtime::listener& l) : alarm(c), listener_(l) {}

        private:
            void               ring() override { listener_.close(); }
            runtime::listener& listener_;
        } later(clock, *waiting);
        later.set(clock.now() + 5ms);
        auto const heard = co_await runtime::within(clock, 1h, late, std::move(outcome));
        EXPECT_EQ(heard, "operation_aborted");
        EXPECT_EQ(play::elapsed(world), 5ms);
    };
    play::out(world, closing());
    EXPECT_EQ(world.left_over(), none);
}

TEST(SimulationNetwork, AWriteBeyondThePipeWaitsForTheReader) {
    simulation world({.pipe_capacity = 10});
    auto       both = world.world().network.pair();
    auto       story = [&]() -> awaitable<void> {
        std::string const bytes = "0123456789abcdef";
        play::pending     writing;
        std::string       room(4, ' ');
        play::start_write(*both.first, boost::asio::buffer(bytes), writing);
        co_await world.world().clock.sleep_for(1s);
        EXPECT_FALSE(writing.over());
        std::string heard;
        heard.append(room, 0, co_await both.second->read(boost::asio::buffer(room)));
        heard = room;
        co_await world.world().clock.sleep_for(1s);
        EXPECT_FALSE(writing.over());
        co_await both.second->read(boost::asio::buffer(room));
        heard += room;
        co_await writing.wait();
        EXPECT_EQ(writing.size(), 16u);
        EXPECT_EQ(heard + co_await play::read(*both.second), bytes);
    };
    play::out(world, story());
}

TEST(SimulationNetwork, ACancelledWriteTellsWhatHasGone) {
    simulation world({.pipe_capacity = 10});
    auto       both = world.world().network.pair();
    auto       story = [&]() -> awaitable<void> {
        std::string const bytes = "0123456789abcdef";
        play::pending     writing;
        play::start_write(*both.first, boost::asio::buffer(bytes), writing);
        co_await world.world().clock.sleep_for(1s);
        both.first->cancel_write();
        co_await writing.wait();
        EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
        EXPECT_EQ(writing.size(), 10u);
        EXPECT_EQ(co_await play::read(*both.second), "0123456789");
        EXPECT_EQ(co_await play::write(*both.first, "more"), "ok");
        EXPECT_EQ(co_await play::read(*both.second), "more");
    };
    play::out(world, story());
}

TEST(SimulationNetwork, TwoOfAKindAtOnceAreNoted) {
    simulation world({.pipe_capacity = 1});
    auto       both = world.world().network.pair();
    auto       story = [&]() -> awaitable<void> {
        std::string   room(4, ' ');
        play::pending a, b;
        play::start_read(*both.first, boost::asio::buffer(room), a);
        play::start_read(*both.first, boost::asio::buffer(room), b);
        play::start_write(*both.first, boost::asio::buffer(room), a);
        play::start_write(*both.first, boost::asio::buffer(room), b);
        both.first->close();
        co_await b.wait();
    };
    play::out(world, story());
    EXPECT_EQ(world.watch().trouble(),
              (std::vector<std::string>{"overlapping read on one connection",
                                        "overlapping write on one connection"}));
}

TEST(SimulationNetwork, AReadAfterTheEndIsNoted) {
    simulation world;
    auto       both = world.world().network.pair();
    auto       story = [&]() -> awaitable<void> {
        both.second->close();
        EXPECT_EQ(co_await play::read(*both.first), "eof");
        EXPECT_EQ(world.watch().trouble(), none);
        EXPECT_EQ(co_await play::read(*both.first), "eof");
    };
    play::out(world, story());
    EXPECT_EQ(world.watch().trouble(),
              (std::vector<std::string>{"read after the end of a stream was reported"}));
}

TEST(SimulationNetwork, ProgramsAreNotItsBusiness) {
    simulation world;
    EXPECT_THROW(world.world().network.spawn({}), boost::system::system_error);
}

}  // namespace
