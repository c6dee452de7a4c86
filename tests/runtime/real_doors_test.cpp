#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>

#include "runtime/deadline.hpp"
#include "runtime/guarded.hpp"
#include "runtime/real.hpp"
#include "runtime/real_doors.hpp"
#include "tests/runtime/real_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;

// Of this process alone: others of these tests may run beside it.
std::uint16_t first_port() {
    static auto const block = runtime::claim_ports();
    return block.first;
}

// "connection refused", "timed_out": what becomes of whoever connects.
awaitable<void> knock(runtime::world w, std::uint16_t port, std::string& came) {
    runtime::address const at{"127.0.0.1", port};
    try {
        auto const stream = co_await runtime::within(w.clock, 200ms, boost::asio::error::timed_out,
                                                     w.network.connect(at));
        came = stream ? "connected" : "nothing";
    } catch (boost::system::system_error const& e) {
        came = e.code() == boost::asio::error::connection_refused ? "refused"
               : e.code() == boost::asio::error::timed_out        ? "nobody answers"
                                                                  : e.what();
    }
}

std::string knocked_at(std::uint16_t port) {
    runtime::real_world world(false);
    std::string         came;
    play::to_the_end(world, knock(world.world(), port, came));
    return came;
}

}  // namespace

TEST(RealDoors, ShutRefuses) {
    auto const port = runtime::free_port(first_port());
    auto const door = runtime::shut_door(port);
    EXPECT_EQ(knocked_at(port), "refused");
}

TEST(RealDoors, DeafLetsEverybodyWait) {
    auto const port = runtime::free_port(first_port());
    auto const door = runtime::deaf_door(port);
    EXPECT_EQ(knocked_at(port), "nobody answers");
    EXPECT_EQ(knocked_at(port), "nobody answers") << "whoever gave up has not made room";
}

TEST(RealDoors, AreOpenToOthersOnceTheyAreGone) {
    auto const port = runtime::free_port(first_port());
    runtime::shut_door(port).reset();
    runtime::deaf_door(port).reset();
    auto        world = std::make_unique<runtime::real_world>(false);
    auto const  listener = world->world().network.listen({"127.0.0.1", port});
    std::string came;
    play::to_the_end(*world, knock(world->world(), port, came));
    EXPECT_EQ(came, "connected");
}

TEST(RealDoors, FreePortIsTheFirstThatNobodyHas) {
    auto const port = runtime::free_port(first_port());
    EXPECT_GE(port, first_port());
    EXPECT_EQ(runtime::free_port(port), port);
    auto const door = runtime::deaf_door(port);
    EXPECT_GT(runtime::free_port(port), port);
    EXPECT_THROW(runtime::shut_door(port), boost::system::system_error) << "it is taken";
}
