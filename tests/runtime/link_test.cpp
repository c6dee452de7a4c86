#include <gtest/gtest.h>

#include "runtime/deadline.hpp"
#include "runtime/link.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/faulty.hpp"
#include "tests/runtime/simulated_play.hpp"

// Faults laid upon a connection, with the exact times at which things arrive.

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::error_code;
using runtime::simulation;
using heard = std::vector<std::string>;

std::vector<std::string> const none;

enum class side { writes, reads };  // at which end of the wire the link stands

// A connection whose direction from `from` to `to` has these faults.
struct wire_with_faults {
    std::unique_ptr<runtime::stream> from;
    std::unique_ptr<runtime::stream> to;

    wire_with_faults(simulation& world, std::vector<std::string> const& faults, side at,
                     std::size_t capacity = 64 * 1024) {
        auto                 both = world.world().network.pair();
        runtime::link_faults all;
        for (auto const& f : faults)
            (at == side::writes ? all.outgoing : all.incoming).push_back(play::fault(f));
        from = std::move(both.first);
        to = std::move(both.second);
        auto& linked = at == side::writes ? from : to;
        linked = runtime::linked(std::move(linked), world.world(), std::move(all), capacity);
    }
};

// "40ms abc" for each read, until the end or an error.
awaitable<void> listen(simulation& world, runtime::stream& to, heard& all) {
    for (;;) {
        auto const said = co_await play::read(to);
        all.push_back(runtime::to_text(play::elapsed(world)) + ' ' + said);
        if (said == "eof" || said == "connection_reset" || said == "operation_aborted") co_return;
    }
}

awaitable<void> speak(simulation& world, runtime::stream& from) {
    auto& clock = world.world().clock;
    co_await from.write("abc");
    co_await clock.sleep_for(10ms);
    co_await from.write("def");
    co_await clock.sleep_for(10ms);
    from.end();
}

struct row {
    char const*              name;
    std::vector<std::string> faults;
    heard                    arrives;
};

std::vector<row> const rows{
    {"Latency", {"latency 40ms"}, {"40ms abc", "50ms def", "60ms eof"}},
    {"Slice", {"slice 2"}, {"0ms ab", "0ms c", "10ms de", "10ms f", "20ms eof"}},
    {"Bandwidth", {"bandwidth 100"}, {"30ms abc", "60ms def", "60ms eof"}},
    {"SliceThenBandwidth",
     {"slice 1", "bandwidth 100"},
     {"10ms a", "20ms b", "30ms c", "40ms d", "50ms e", "60ms f", "60ms eof"}},
    {"LatencyThenBandwidth",
     {"latency 40ms", "bandwidth 100"},
     {"70ms abc", "100ms def", "100ms eof"}},
    {"Delay", {"delay 15ms after 4"}, {"0ms abc", "10ms d", "25ms ef", "25ms eof"}},
    {"StallForATime", {"stall after 1 for 1s"}, {"0ms a", "1000ms bc", "1000ms def", "1000ms eof"}},
    {"StallForEver", {"stall after 4"}, {"0ms abc", "10ms d"}},
    {"TwoStalls", {"stall after 2", "stall after 1 for 1s"}, {"0ms a", "1000ms b"}},
    {"HalfClose", {"half-close after 4"}, {"0ms abc", "10ms d", "10ms eof"}},
    {"Reset", {"reset after 4"}, {"0ms abc", "10ms d", "10ms connection_reset"}},
    {"ResetBehindLatency",
     {"latency 40ms", "reset after 3"},
     {"40ms abc", "40ms connection_reset"}},
    {"Drop", {"drop after 4"}, {"0ms abc", "10ms d"}},
};

class LinkTable : public testing::TestWithParam<std::tuple<row, side>> {};

TEST_P(LinkTable, ArrivesAtExactlyTheseTimes) {
    auto const&         told = std::get<0>(GetParam());
    auto const          at = std::get<1>(GetParam());
    simulation          world;
    heard               all;
    wire_with_faults    wire(world, told.faults, at);
    runtime::task_group both(world.world().executor);
    both.spawn("listen", listen(world, *wire.to, all));
    both.spawn("speak", speak(world, *wire.from));
    world.run();
    EXPECT_EQ(all, told.arrives);
    wire.to.reset();
    wire.from.reset();
    world.run();
    EXPECT_EQ(both.names(), none);
    EXPECT_EQ(world.left_over(), none);
    EXPECT_EQ(world.watch().trouble(), none);
}

INSTANTIATE_TEST_SUITE_P(Faults, LinkTable,
                         testing::Combine(testing::ValuesIn(rows),
                                          testing::Values(side::writes, side::reads)),
                         [](auto const& info) {
                             auto const at = std::get<1>(info.param);
                             return std::string(std::get<0>(info.param).name) +
                                    (at == side::writes ? "OfTheWriter" : "OfTheReader");
                         });

TEST(Link, WithoutFaultsIsTheStreamItself) {
    simulation           world;
    auto                 both = world.world().network.pair();
    auto const*          before = both.first.get();
    runtime::link_faults nothing;
    auto const after = runtime::linked(std::move(both.first), world.world(), std::move(nothing));
    EXPECT_EQ(after.get(), before);
}

TEST(Link, TheOtherDirectionIsLeftAlone) {
    simulation       world;
    wire_with_faults wire(world, {"latency 1s"}, side::writes);
    auto             story = [&]() -> awaitable<void> {
        co_await wire.to->write("back");
        EXPECT_EQ(co_await play::read(*wire.from), "back");
        EXPECT_EQ(play::elapsed(world), 0s);
        co_await wire.from->write("forth");
        EXPECT_EQ(co_await play::read(*wire.to), "forth");
        EXPECT_EQ(play::elapsed(world), 1s);
    };
    play::out(world, story());
}

TEST(Link, AnyOrderOfReadyWorkArrivesWholeAndAtTheSameTime) {
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        for (auto const at : {side::writes, side::reads}) {
            simulation          world({.seed = seed, .order = runtime::ready_order::shuffled});
            wire_with_faults    wire(world, {"shred", "latency 40ms"}, at);
            heard               all;
            runtime::task_group both(world.world().executor);
            both.spawn("listen", listen(world, *wire.to, all));
            both.spawn("speak", speak(world, *wire.from));
            world.run();
            std::string first, second;
            for (auto const& one : all) {
                if (one.starts_with("40ms ")) first += one.substr(5);
                if (one.starts_with("50ms ")) second += one.substr(5);
            }
            EXPECT_EQ(first, "abc");
            EXPECT_EQ(second, "def");
            EXPECT_EQ(all.back(), "60ms eof");
        }
}

TEST(Link, AWriterBeyondItsCapacityWaitsUntilThereIsRoom) {
    simulation       world;
    wire_with_faults wire(world, {"latency 100ms"}, side::writes, 10);
    auto             story = [&]() -> awaitable<void> {
        co_await wire.from->write("0123456789");
        EXPECT_EQ(play::elapsed(world), 0ms);
        co_await world.world().clock.sleep_for(20ms);
        co_await wire.from->write("a");
        EXPECT_EQ(play::elapsed(world), 100ms);
        EXPECT_EQ(co_await play::read(*wire.to), "0123456789");
        EXPECT_EQ(play::elapsed(world), 100ms);
        EXPECT_EQ(co_await play::read(*wire.to), "a");
        EXPECT_EQ(play::elapsed(world), 120ms);
    };
    play::out(world, story());
}

// Writes until it has to wait; `taken` is what the wire has taken over.
awaitable<void> flood(runtime::stream& from, std::size_t& taken) {
    std::string const piece(1000, 'x');
    for (;;) {
        co_await from.write(piece);
        taken += piece.size();
    }
}

TEST(Link, AWriterMayBeAheadByTheWholeCapacityWhileAWriteIsHeldBack) {
    simulation          world({.pipe_capacity = 5'000});
    wire_with_faults    wire(world, {"slice 1000"}, side::writes, 20'000);
    std::size_t         taken = 0;
    runtime::task_group writing(world.world().executor);
    writing.spawn("flood", flood(*wire.from, taken));
    world.run();
    EXPECT_EQ(taken, 25'000u) << "the link's and the pipe's";
    play::stop(world, writing);
    wire.to.reset();
    wire.from.reset();
    world.run();
}

class LinkEnds : public testing::TestWithParam<side> {};

TEST_P(LinkEnds, AReaderThatDoesNotReadHoldsTheWriterBack) {
    simulation          world({.pipe_capacity = 5'000});
    wire_with_faults    wire(world, {"latency 1ms"}, GetParam(), 20'000);
    std::size_t         taken = 0;
    runtime::task_group writing(world.world().executor);
    writing.spawn("flood", flood(*wire.from, taken));
    auto one_read = [&]() -> awaitable<void> { co_await play::read(*wire.to); };
    play::out(world, one_read());
    world.run();
    // The link, the pipe, one read ahead and one write in hand.
    auto const bound = 20'000u + 5'000u + 16'384u + 2'000u;
    EXPECT_GE(taken, 20'000u);
    EXPECT_LE(taken, bound);
    EXPECT_EQ(world.run(), simulation::ended::quiet);

    auto read_on = [&]() -> awaitable<void> {
        std::string room(64 * 1024, ' ');
        for (std::size_t sum = 0; sum < 1'000'000;)
            sum += co_await wire.to->read(boost::asio::buffer(room));
    };
    play::out(world, read_on());
    world.run();
    EXPECT_GE(taken, 1'000'000u);
    EXPECT_LE(taken, 1'000'000u + bound + 64 * 1024);
    play::stop(world, writing);
    // What a closed link has still to deliver ends with its reader, on the loop.
    wire.from.reset();
    wire.to.reset();
    world.run();
}

INSTANTIATE_TEST_SUITE_P(Both, LinkEnds, testing::Values(side::writes, side::reads),
                         [](auto const& info) {
                             return info.param == side::writes ? "OfTheWriter" : "OfTheReader";
                         });

TEST(Link, WhatIsOnItsWayAtACloseStillArrives) {
    simulation       world;
    wire_with_faults wire(world, {"latency 40ms"}, side::writes);
    heard            all;
    auto             story = [&]() -> awaitable<void> {
        co_await wire.from->write("abc");
        co_await wire.from->write("def");
        wire.from->close();
        EXPECT_EQ(co_await play::write(*wire.from, "late"), "operation_aborted");
        wire.from.reset();  // destroyed, and the bytes travel on
        co_await listen(world, *wire.to, all);
    };
    play::out(world, story());
    EXPECT_EQ(all, (heard{"40ms abc", "40ms def", "40ms eof"}));
    wire.to.reset();
    EXPECT_EQ(world.left_over(), none);
}

TEST(Link, ACloseDoesNotWaitForWhatIsHeldForEver) {
    simulation       world;
    wire_with_faults wire(world, {"stall after 2"}, side::writes);
    heard            all;
    auto             story = [&]() -> awaitable<void> {
        co_await wire.from->write("abc");
        co_await world.world().clock.sleep_for(5ms);
        wire.from->close();
        co_await listen(world, *wire.to, all);
    };
    play::out(world, story());
    EXPECT_EQ(all, (heard{"5ms ab", "5ms eof"}));
}

TEST(Link, AResetDropsWhatIsOnItsWay) {
    simulation       world;
    wire_with_faults wire(world, {"latency 40ms"}, side::writes);
    heard            all;
    auto             story = [&]() -> awaitable<void> {
        co_await wire.from->write("abc");
        co_await world.world().clock.sleep_for(5ms);
        wire.from->reset();
        co_await listen(world, *wire.to, all);
    };
    play::out(world, story());
    EXPECT_EQ(all, heard{"5ms connection_reset"});
    wire.from.reset();
    wire.to.reset();
    EXPECT_EQ(world.left_over(), none);
}

TEST(Link, ACloseAndAResetEndWhatIsPending) {
    for (bool const reset : {false, true}) {
        simulation       world;
        wire_with_faults wire(world, {"stall after 0"}, side::writes, 4);
        auto             story = [&]() -> awaitable<void> {
            std::string   room(16, ' ');
            play::pending reading, writing;
            play::start_read(*wire.from, boost::asio::buffer(room), reading);
            play::start_write(*wire.from, boost::asio::buffer(room), writing);
            co_await world.world().clock.sleep_for(5ms);
            EXPECT_FALSE(reading.over() || writing.over());
            if (reset) wire.from->reset();
            if (!reset) wire.from->close();
            co_await reading.wait();
            co_await writing.wait();
            EXPECT_EQ(play::name_of(reading.why()), "operation_aborted");
            EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
        };
        play::out(world, story());
        EXPECT_EQ(play::elapsed(world), 5ms) << reset;
    }
}

TEST(Link, ACancelledReadLosesNothing) {
    simulation       world;
    wire_with_faults wire(world, {"latency 40ms"}, side::reads);
    auto             story = [&]() -> awaitable<void> {
        auto&            clock = world.world().clock;
        error_code const late = boost::asio::error::timed_out;
        std::string      room(16, ' ');
        co_await wire.from->write("abc");
        auto reading = runtime::read_within(*wire.to, boost::asio::buffer(room), clock, 39ms, late);
        EXPECT_EQ(co_await play::outcome_of(std::move(reading)), play::name_of(late));
        EXPECT_EQ(co_await play::read(*wire.to), "abc");
        EXPECT_EQ(play::elapsed(world), 40ms);

        // By the cancellation of its coroutine.
        auto waiting = wire.to->read(boost::asio::buffer(room));
        auto limited = runtime::within(clock, 1ms, late, std::move(waiting));
        EXPECT_EQ(co_await play::outcome_of(std::move(limited)), play::name_of(late));
        co_await wire.from->write("def");
        EXPECT_EQ(co_await play::read(*wire.to), "def");
        EXPECT_EQ(play::elapsed(world), 81ms);
    };
    play::out(world, story());
}

TEST(Link, ACancelledWriteIsStillUnderWay) {
    simulation       world;
    wire_with_faults wire(world, {"latency 40ms"}, side::writes, 2);
    auto             story = [&]() -> awaitable<void> {
        std::string const bytes = "abc";
        play::pending     writing;
        play::start_write(*wire.from, boost::asio::buffer(bytes), writing);
        wire.from->cancel_write();
        co_await writing.wait();
        EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
        EXPECT_EQ(co_await play::read(*wire.to), "abc");
        EXPECT_EQ(play::elapsed(world), 40ms);
    };
    play::out(world, story());
}

TEST(Link, AWriterLearnsThatTheOtherSideHasGone) {
    simulation       world;
    wire_with_faults wire(world, {"latency 40ms"}, side::writes);
    auto             story = [&]() -> awaitable<void> {
        wire.to->reset();
        EXPECT_EQ(co_await play::write(*wire.from, "abc"), "ok");
        co_await world.world().clock.sleep_for(50ms);
        EXPECT_EQ(co_await play::write(*wire.from, "def"), "ok");
        co_await world.world().clock.sleep_for(50ms);
        EXPECT_EQ(co_await play::read(*wire.from), "eof");
    };
    play::out(world, story());
}

}  // namespace
