#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/real.hpp"
#include "runtime/real_doors.hpp"
#include "tests/runtime/real_play.hpp"

// `lockstep join HOST:PORT`, the program itself: what a gateway starts for an MCP server over
// stdio.

namespace {

using boost::asio::awaitable;

class Join : public testing::Test {
protected:
    std::unique_ptr<runtime::child> joining(std::string const& where) {
        return world.world().network.spawn({{LOCKSTEP_PROGRAM, "join", where}, {}});
    }

    std::unique_ptr<runtime::listener> stage() {
        return world.world().network.listen({"127.0.0.1", 0});
    }

    void play(awaitable<void> story) {
        play::to_the_end(world, std::move(story));
        world.run();
    }

    runtime::real_world world{false};
};

TEST_F(Join, CarriesBothWays) {
    auto story = [&]() -> awaitable<void> {
        auto door = stage();
        auto program = joining(runtime::to_text(door->local()));
        auto server = co_await door->accept();
        EXPECT_EQ(co_await play::write(program->io(), "{\"id\":1}\n"), "ok");
        EXPECT_EQ(co_await play::read(*server), "{\"id\":1}\n");
        EXPECT_EQ(co_await play::write(*server, "{\"result\":{}}\n"), "ok");
        EXPECT_EQ(co_await play::read(program->io()), "{\"result\":{}}\n");
        server.reset();
        EXPECT_EQ(co_await program->exited(), 0);
    };
    play(story());
}

TEST_F(Join, EndsItsConnectionWithItsInputAndStillCarriesTheAnswer) {
    auto story = [&]() -> awaitable<void> {
        auto door = stage();
        auto program = joining(runtime::to_text(door->local()));
        auto server = co_await door->accept();
        program->io().end();
        EXPECT_EQ(co_await play::read(*server), "eof");
        EXPECT_EQ(co_await play::write(*server, "late\n"), "ok");
        EXPECT_EQ(co_await play::read(program->io()), "late\n");
        server->end();
        EXPECT_EQ(co_await program->exited(), 0);
    };
    play(story());
}

TEST_F(Join, TellsOfAStageThatIsNotThere) {
    auto story = [&]() -> awaitable<void> {
        auto const port = runtime::free_port(17'000);
        auto const shut = runtime::shut_door(port);
        auto const where = "127.0.0.1:" + std::to_string(port);
        auto       program = joining(where);
        EXPECT_EQ(co_await program->exited(), 1);
        EXPECT_TRUE(program->last_words().starts_with(where + ": ")) << program->last_words();
    };
    play(story());
}

TEST_F(Join, RefusesWhatIsNoAddress) {
    auto story = [&]() -> awaitable<void> {
        auto program = joining("nowhere");
        EXPECT_EQ(co_await program->exited(), 2);
        EXPECT_EQ(program->last_words(), "'nowhere' is not HOST:PORT\n");
    };
    play(story());
}

}  // namespace
