#include <gtest/gtest.h>

#include "runtime/real.hpp"
#include "runtime/simulation.hpp"
#include "tests/runtime/real_play.hpp"

// Short dialogues over one connection, played by the same code on loopback TCP and in the
// simulation. What a Linux socket does decides; the simulation has to do the same.

namespace {

using boost::asio::awaitable;
using play::connection;

struct stage {
    connection&     both;
    runtime::clock& clock;

    runtime::stream& near() const { return *both.near; }
    runtime::stream& far() const { return *both.far; }

    // What one side has done has reached the other.
    awaitable<void> settle() const { return clock.sleep_for(std::chrono::milliseconds(10)); }
};

using outcome = std::vector<std::string>;
using dialogue = awaitable<void> (*)(stage, outcome&);

// More than both socket buffers hold.
constexpr std::size_t flood = 32 * 1024 * 1024;

awaitable<void> reset_then_write(stage on, outcome& heard) {
    on.far().reset();
    co_await on.settle();
    heard.push_back(co_await play::write(on.near(), "a"));
    heard.push_back(co_await play::write(on.near(), "b"));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> reset_then_read(stage on, outcome& heard) {
    on.far().reset();
    co_await on.settle();
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::write(on.near(), "a"));
}

awaitable<void> close_then_write_twice(stage on, outcome& heard) {
    on.far().close();
    co_await on.settle();
    heard.push_back(co_await play::write(on.near(), "a"));
    co_await on.settle();
    heard.push_back(co_await play::write(on.near(), "b"));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> close_then_read_then_write(stage on, outcome& heard) {
    on.far().close();
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::write(on.near(), "a"));
    co_await on.settle();
    heard.push_back(co_await play::write(on.near(), "b"));
}

awaitable<void> both_pending_at_reset(stage on, outcome& heard) {
    std::string const bytes(flood, 'x');
    std::string       room(16, ' ');
    play::pending     reading;
    play::pending     writing;
    play::start_read(on.near(), boost::asio::buffer(room), reading);
    play::start_write(on.near(), boost::asio::buffer(bytes), writing);
    co_await on.settle();
    heard.push_back(writing.over() ? "the write did not wait" : "both wait");
    on.far().reset();
    co_await reading.wait();
    co_await writing.wait();
    heard.push_back("write " + play::name_of(writing.why()));
    heard.push_back("read " + play::name_of(reading.why()));
}

awaitable<void> close_with_unread_data(stage on, outcome& heard) {
    heard.push_back(co_await play::write(on.near(), "a"));
    co_await on.settle();
    on.far().close();
    co_await on.settle();
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::write(on.near(), "b"));
}

awaitable<void> close_while_other_writes(stage on, outcome& heard) {
    std::string const bytes(flood, 'x');
    play::pending     writing;
    play::start_write(on.near(), boost::asio::buffer(bytes), writing);
    co_await on.settle();
    on.far().close();
    co_await writing.wait();
    heard.push_back(play::name_of(writing.why()));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> data_before_reset(stage on, outcome& heard) {
    heard.push_back(co_await play::write(on.far(), "last words"));
    on.far().reset();
    co_await on.settle();
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> data_before_close(stage on, outcome& heard) {
    heard.push_back(co_await play::write(on.far(), "last words"));
    on.far().close();
    co_await on.settle();
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> half_close(stage on, outcome& heard) {
    on.near().end();
    heard.push_back(co_await play::read(on.far()));
    heard.push_back(co_await play::write(on.far(), "answer"));
    heard.push_back(co_await play::read(on.near()));
    on.far().close();
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> write_after_own_end(stage on, outcome& heard) {
    on.near().end();
    heard.push_back(co_await play::write(on.near(), "a"));
    heard.push_back(co_await play::read(on.far()));
    heard.push_back(co_await play::write(on.far(), "b"));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> reset_after_end(stage on, outcome& heard) {
    on.far().end();
    heard.push_back(co_await play::read(on.near()));
    on.far().reset();
    co_await on.settle();
    heard.push_back(co_await play::write(on.near(), "a"));
    heard.push_back(co_await play::write(on.near(), "b"));
}

awaitable<void> reset_while_reading(stage on, outcome& heard) {
    std::string   room(16, ' ');
    play::pending reading;
    play::start_read(on.near(), boost::asio::buffer(room), reading);
    co_await on.settle();
    on.far().reset();
    co_await reading.wait();
    heard.push_back(play::name_of(reading.why()));
    heard.push_back(co_await play::write(on.near(), "a"));
}

awaitable<void> own_close_while_both_wait(stage on, outcome& heard) {
    std::string const bytes(flood, 'x');
    std::string       room(16, ' ');
    play::pending     reading;
    play::pending     writing;
    play::start_read(on.near(), boost::asio::buffer(room), reading);
    play::start_write(on.near(), boost::asio::buffer(bytes), writing);
    co_await on.settle();
    on.near().close();
    co_await reading.wait();
    co_await writing.wait();
    heard.push_back("read " + play::name_of(reading.why()));
    heard.push_back("write " + play::name_of(writing.why()));
    heard.push_back(co_await play::read(on.near()));
    heard.push_back(co_await play::write(on.near(), "a"));
}

awaitable<void> cancelled_read_loses_nothing(stage on, outcome& heard) {
    std::string   room(16, ' ');
    play::pending reading;
    play::start_read(on.near(), boost::asio::buffer(room), reading);
    co_await on.settle();
    on.near().cancel_read();
    co_await reading.wait();
    heard.push_back(play::name_of(reading.why()));
    heard.push_back(co_await play::write(on.far(), "after"));
    heard.push_back(co_await play::read(on.near()));
}

awaitable<void> full_pipe_waits_for_reader(stage on, outcome& heard) {
    std::string const bytes(flood, 'x');
    std::string       room(1 << 20, ' ');
    play::pending     writing;
    play::start_write(on.near(), boost::asio::buffer(bytes), writing);
    co_await on.settle();
    heard.push_back(writing.over() ? "did not wait" : "waits");
    for (std::size_t sum = 0; sum < flood;)
        sum += co_await on.far().read(boost::asio::buffer(room));
    co_await writing.wait();
    heard.push_back(play::name_of(writing.why()) + " " + std::to_string(writing.size()));
}

struct row {
    char const* name;
    dialogue    play;
    outcome     heard;
};

std::vector<row> const table{
    {"ResetThenWrite", reset_then_write, {"connection_reset", "broken_pipe", "eof"}},
    {"ResetThenRead", reset_then_read, {"connection_reset", "broken_pipe"}},
    {"CloseThenWriteTwice", close_then_write_twice, {"ok", "broken_pipe", "eof"}},
    {"CloseThenReadThenWrite", close_then_read_then_write, {"eof", "ok", "broken_pipe"}},
    {"BothPendingAtReset",
     both_pending_at_reset,
     {"both wait", "write connection_reset", "read eof"}},
    {"CloseWithUnreadData", close_with_unread_data, {"ok", "connection_reset", "broken_pipe"}},
    {"CloseWhileOtherWrites", close_while_other_writes, {"connection_reset", "eof"}},
    {"DataBeforeReset", data_before_reset, {"ok", "last words", "connection_reset"}},
    {"DataBeforeClose", data_before_close, {"ok", "last words", "eof"}},
    {"HalfClose", half_close, {"eof", "ok", "answer", "eof"}},
    {"WriteAfterOwnEnd", write_after_own_end, {"broken_pipe", "eof", "ok", "b"}},
    {"ResetAfterEnd", reset_after_end, {"eof", "broken_pipe", "broken_pipe"}},
    {"ResetWhileReading", reset_while_reading, {"connection_reset", "broken_pipe"}},
    {"OwnCloseWhileBothWait",
     own_close_while_both_wait,
     {"read operation_aborted", "write operation_aborted", "operation_aborted",
      "operation_aborted"}},
    {"CancelledReadLosesNothing",
     cancelled_read_loses_nothing,
     {"operation_aborted", "ok", "after"}},
    {"FullPipeWaitsForReader", full_pipe_waits_for_reader, {"waits", "ok 33554432"}},
};

awaitable<void> tell(runtime::world world, dialogue told, outcome& heard) {
    auto        both = co_await play::connect(world);
    stage const on{both, world.clock};
    co_await told(on, heard);
}

class Conformance : public testing::TestWithParam<row> {};

TEST_P(Conformance, OfLoopback) {
    runtime::real_world world(true);
    outcome             heard;
    play::to_the_end(world, tell(world.world(), GetParam().play, heard));
    EXPECT_EQ(heard, GetParam().heard);
    EXPECT_EQ(world.left_over(), std::vector<std::string>{});
}

TEST_P(Conformance, OfTheSimulation) {
    runtime::simulation world;
    outcome             heard;
    play::to_the_end(world, tell(world.world(), GetParam().play, heard));
    EXPECT_EQ(heard, GetParam().heard);
    EXPECT_EQ(world.left_over(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(Dialogues, Conformance, testing::ValuesIn(table),
                         [](auto const& info) { return info.param.name; });

}  // namespace
