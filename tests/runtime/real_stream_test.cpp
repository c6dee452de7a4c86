#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <numeric>

#include "runtime/deadline.hpp"
#include "runtime/real.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/real_play.hpp"

namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using runtime::error_code;

class RealStream : public testing::Test {
protected:
    void play(awaitable<void> story) { play::to_the_end(world, std::move(story)); }

    void TearDown() override {
        EXPECT_EQ(world.left_over(), std::vector<std::string>{});
        EXPECT_EQ(world.watch().trouble(), trouble);
    }

    runtime::real_world      world{true};
    std::vector<std::string> trouble;  // that a test expects
};

TEST_F(RealStream, EchoesBothWays) {
    auto story = [&]() -> awaitable<void> {
        auto both = co_await play::connect(world.world());
        EXPECT_EQ(co_await play::write(*both.near, "ask"), "ok");
        EXPECT_EQ(co_await play::read(*both.far), "ask");
        EXPECT_EQ(co_await play::write(*both.far, "answer"), "ok");
        EXPECT_EQ(co_await play::read(*both.near), "answer");
        both.near->end();
        EXPECT_EQ(co_await play::read(*both.far), "eof");
    };
    play(story());
}

TEST_F(RealStream, APairIsAConnectionOfItsOwn) {
    auto story = [&]() -> awaitable<void> {
        auto both = world.world().network.pair();
        EXPECT_EQ(co_await play::write(*both.first, "ask"), "ok");
        EXPECT_EQ(co_await play::read(*both.second), "ask");
        both.second->end();
        EXPECT_EQ(co_await play::read(*both.first), "eof");
        EXPECT_EQ(co_await play::write(*both.first, "still"), "ok");
        EXPECT_EQ(co_await play::read(*both.second), "still");
        both.second->close();
        EXPECT_EQ(co_await play::write(*both.first, "nobody"), "broken_pipe");
    };
    play(story());
}

TEST_F(RealStream, CarriesAMebibyteInOrderAgainstASlowReader) {
    std::string sent(1 << 20, ' ');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 7 + i / 251);
    std::string got;
    auto        story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        play::pending writing;
        play::start_write(*both.near, boost::asio::buffer(sent), writing);
        std::string room(1500, ' ');
        while (got.size() < sent.size()) {
            auto const n = co_await both.far->read(boost::asio::buffer(room));
            got.append(room, 0, n);
        }
        co_await writing.wait();
        EXPECT_EQ(writing.size(), sent.size());
    };
    play(story());
    EXPECT_TRUE(got == sent);
}

TEST_F(RealStream, WritesManyBuffersAsOne) {
    std::vector<std::string> pieces;
    for (int i = 0; i < 200; ++i) pieces.push_back(std::to_string(i) + (i % 3 ? "," : ""));
    std::vector<boost::asio::const_buffer> buffers;
    for (auto const& p : pieces) buffers.push_back(boost::asio::buffer(p));
    buffers.emplace_back();
    auto const  sent = std::accumulate(pieces.begin(), pieces.end(), std::string());
    std::string got;
    auto        story = [&]() -> awaitable<void> {
        auto both = co_await play::connect(world.world());
        std::span<boost::asio::const_buffer const> const all(buffers);
        co_await both.near->write(all);
        both.near->close();
        std::string room(64, ' ');
        while (auto const n = co_await both.far->read(boost::asio::buffer(room)))
            got.append(room, 0, n);
    };
    play(story());
    EXPECT_EQ(got, sent);
}

TEST_F(RealStream, EndsAfterTheWriteThatIsPending) {
    std::string const bytes(32 << 20, 'x');
    auto              story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        play::pending writing;
        play::start_write(*both.near, boost::asio::buffer(bytes), writing);
        both.near->end();
        std::string room(1 << 20, ' ');
        std::size_t sum = 0;
        while (auto const n = co_await both.far->read(boost::asio::buffer(room))) sum += n;
        EXPECT_EQ(sum, bytes.size());
        EXPECT_FALSE(writing.why());
    };
    play(story());
}

TEST_F(RealStream, IsCancelledByTheSlotOfTheHandler) {
    auto story = [&]() -> awaitable<void> {
        auto                             both = co_await play::connect(world.world());
        boost::asio::cancellation_signal signal;
        std::string                      room(8, ' ');
        error_code                       why;
        runtime::bell                    over;
        auto                             done = [&](error_code ec, std::size_t) {
            why = ec;
            over.ring();
        };
        both.near->async_read_some(boost::asio::buffer(room),
                                   boost::asio::bind_cancellation_slot(signal.slot(), done));
        signal.emit(boost::asio::cancellation_type::terminal);
        co_await over.wait();
        EXPECT_EQ(why, boost::asio::error::operation_aborted);
        EXPECT_FALSE(signal.slot().has_handler());

        EXPECT_EQ(co_await play::write(*both.far, "later"), "ok");
        EXPECT_EQ(co_await play::read(*both.near), "later");
    };
    play(story());
}

TEST_F(RealStream, CancelWriteLeavesTheStreamUsable) {
    std::string const bytes(32 << 20, 'x');
    auto              story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        play::pending writing;
        play::start_write(*both.near, boost::asio::buffer(bytes), writing);
        co_await world.world().clock.sleep_for(5ms);
        both.near->cancel_write();
        co_await writing.wait();
        EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
        EXPECT_GT(writing.size(), 0u);
        EXPECT_LT(writing.size(), bytes.size());

        std::string room(1 << 20, ' ');
        for (std::size_t sum = 0; sum < writing.size();)
            sum += co_await both.far->read(boost::asio::buffer(room));
        EXPECT_EQ(co_await play::write(*both.near, "more"), "ok");
        EXPECT_EQ(co_await play::read(*both.far), "more");
    };
    play(story());
}

TEST_F(RealStream, ADeadlineSaysWhatItMeans) {
    auto const late = make_error_code(boost::system::errc::stream_timeout);
    auto       story = [&]() -> awaitable<void> {
        auto        both = co_await play::connect(world.world());
        auto&       clock = world.world().clock;
        std::string room(8, ' ');
        error_code  why;
        auto const  before = clock.now();
        try {
            co_await runtime::read_within(*both.near, boost::asio::buffer(room), clock, 30ms, late);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        EXPECT_EQ(why, late);
        EXPECT_GE(clock.now() - before, 30ms);
        EXPECT_LT(clock.now() - before, 5s);

        // A reset is told at once and as a reset, however far away the limit is.
        both.far->reset();
        auto const reset_at = clock.now();
        try {
            co_await runtime::read_within(*both.near, boost::asio::buffer(room), clock, 600s, late);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        EXPECT_EQ(why, boost::asio::error::connection_reset);
        EXPECT_LT(clock.now() - reset_at, 5s);
    };
    play(story());
}

TEST_F(RealStream, MayBeDestroyedWhileOperationsArePending) {
    std::string const bytes(32 << 20, 'x');
    auto              story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        std::string   room(8, ' ');
        play::pending reading;
        play::pending writing;
        play::start_read(*both.near, boost::asio::buffer(room), reading);
        play::start_write(*both.near, boost::asio::buffer(bytes), writing);
        both.near.reset();
        co_await reading.wait();
        co_await writing.wait();
        EXPECT_EQ(play::name_of(reading.why()), "operation_aborted");
        EXPECT_EQ(play::name_of(writing.why()), "operation_aborted");
    };
    play(story());
}

TEST_F(RealStream, NotesOverlappingOperations) {
    auto story = [&]() -> awaitable<void> {
        auto          both = co_await play::connect(world.world());
        std::string   room(8, ' ');
        play::pending first;
        play::start_read(*both.near, boost::asio::buffer(room), first);
        EXPECT_EQ(co_await play::read(*both.near),
                  error_code(boost::asio::error::already_started).message());
        both.near->close();
        co_await first.wait();
    };
    play(story());
    trouble = {"overlapping read on one connection"};
}

// Asio would wait for ever here; the house says so and goes on.
TEST_F(RealStream, NotesAReadAfterTheEnd) {
    auto story = [&]() -> awaitable<void> {
        auto both = co_await play::connect(world.world());
        both.far->close();
        for (int i = 0; i < 4; ++i) EXPECT_EQ(co_await play::read(*both.near), "eof");
    };
    play(story());
    trouble = {"read after the end of a stream was reported"};
}

TEST_F(RealStream, AWorldMayEndInTheMiddleOfEverything) {
    auto its = std::make_unique<runtime::real_world>(true);
    auto story = [](runtime::world w) -> awaitable<void> {
        auto        both = co_await play::connect(w);
        std::string room(8, ' ');
        co_await both.near->read(boost::asio::buffer(room));
    };
    auto sleeping = [](runtime::world w) -> awaitable<void> { co_await w.clock.sleep_for(1h); };
    auto accepting = [](runtime::world w) -> awaitable<void> {
        runtime::address const at{"127.0.0.1", 0};
        auto                   listener = w.network.listen(at);
        co_await listener->accept();
    };
    auto const ignore = [](std::exception_ptr) {};
    boost::asio::co_spawn(its->world().executor, story(its->world()), ignore);
    boost::asio::co_spawn(its->world().executor, sleeping(its->world()), ignore);
    boost::asio::co_spawn(its->world().executor, accepting(its->world()), ignore);
    std::vector<std::string> const all{"2 streams open", "1 listener open", "1 alarm set"};
    its->run([&] { return its->left_over() == all; });
    its.reset();
}

TEST_F(RealStream, RefusedConnectionsAreRefused) {
    auto story = [&]() -> awaitable<void> {
        auto&                  network = world.world().network;
        runtime::address const at{"127.0.0.1", 0};
        auto                   listener = network.listen(at);
        auto const             gone = listener->local();
        listener->close();
        error_code why;
        try {
            co_await network.connect(gone);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        EXPECT_EQ(why, boost::asio::error::connection_refused);
    };
    play(story());
}

// Only 127.0.0.1 listens, or only ::1: the name means both.
TEST_F(RealStream, TriesAllAddressesOfAName) {
    auto story = [&]() -> awaitable<void> {
        auto&                  network = world.world().network;
        runtime::address const at{"::1", 0};
        auto                   listener = network.listen(at);
        EXPECT_EQ(runtime::to_text(listener->local()),
                  "[::1]:" + std::to_string(listener->local().port));
        runtime::address const named{"localhost", listener->local().port};
        auto                   near = co_await network.connect(named);
        auto                   far = co_await listener->accept();
        EXPECT_EQ(co_await play::write(*near, "hello"), "ok");
        EXPECT_EQ(co_await play::read(*far), "hello");
    };
    play(story());
}

TEST_F(RealStream, AnAddressInUseIsSaid) {
    auto&                  network = world.world().network;
    runtime::address const at{"127.0.0.1", 0};
    auto const             first = network.listen(at);
    try {
        auto const second = network.listen(first->local());
        FAIL() << "both listen at one port";
    } catch (boost::system::system_error const& e) {
        EXPECT_EQ(e.code(), boost::asio::error::address_in_use);
    }
}

TEST_F(RealStream, CloseEndsAnAccept) {
    auto story = [&]() -> awaitable<void> {
        runtime::address const at{"127.0.0.1", 0};
        auto                   listener = world.world().network.listen(at);
        runtime::task_group    group(world.world().executor);
        std::string            why;
        auto                   accepting = [&]() -> awaitable<void> {
            try {
                co_await listener->accept();
            } catch (boost::system::system_error const& e) {
                why = play::name_of(e.code());
            }
        };
        group.spawn("accepting", accepting());
        co_await world.world().clock.sleep_for(5ms);
        listener->close();
        co_await group.wait();
        EXPECT_EQ(why, "operation_aborted");
    };
    play(story());
}

TEST_F(RealStream, AcceptSurvivesALackOfDescriptors) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
    GTEST_SKIP() << "the sanitizer itself needs a descriptor to look at memory";
#endif
#endif
    auto story = [&]() -> awaitable<void> {
        runtime::address const at{"127.0.0.1", 0};
        auto                   listener = world.world().network.listen(at);
        auto                   near = co_await world.world().network.connect(listener->local());

        int const next = ::dup(0);
        rlimit    before{};
        ::getrlimit(RLIMIT_NOFILE, &before);
        ::close(next);
        rlimit none = before;
        none.rlim_cur = static_cast<rlim_t>(next);
        ::setrlimit(RLIMIT_NOFILE, &none);

        std::unique_ptr<runtime::stream> far;
        runtime::task_group              group(world.world().executor);
        auto accepting = [&]() -> awaitable<void> { far = co_await listener->accept(); };
        group.spawn("accepting", accepting());
        co_await world.world().clock.sleep_for(20ms);
        EXPECT_FALSE(far);
        EXPECT_EQ(group.size(), 1u);

        ::setrlimit(RLIMIT_NOFILE, &before);
        co_await group.wait();
        EXPECT_TRUE(far);
    };
    play(story());
}

}  // namespace
