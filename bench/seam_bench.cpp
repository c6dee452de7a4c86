// What the seam costs: 64 bytes to and fro on loopback, by coroutines over Asio's own socket and
// over runtime::stream, on the same loop and in turns. Medians of this thread's processor time
// and of the allocations of one round trip; `ratio` is stream to socket.
//
//   make bench, or build/release/bench/seam_bench

#include <benchmark/benchmark.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "bench/cost.hpp"
#include "bench/exchange.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t message_size = 64;
constexpr int         trip_count = 500;

// The same verbs over both, so that the coroutines below are the same too. An overload for a
// socket is a plain call of Asio, as one for a stream is of the seam: no coroutine of its own.
auto read_some(tcp::socket& s, asio::mutable_buffer into) {
    return s.async_read_some(into, asio::use_awaitable);
}
auto read_some(runtime::stream& s, asio::mutable_buffer into) {
    return s.async_read_some(into, asio::use_awaitable);
}
auto write_all(tcp::socket& s, asio::const_buffer from) {
    return asio::async_write(s, from, asio::use_awaitable);
}
auto write_all(runtime::stream& s, asio::const_buffer const& from) {
    return s.async_write(std::span(&from, 1), asio::use_awaitable);
}

template <class Connection>
runtime::awaitable<void> echo(Connection& s) {
    char bytes[message_size];
    for (;;) {
        auto const n = co_await read_some(s, asio::buffer(bytes));
        auto const answer = asio::const_buffer(bytes, n);
        co_await write_all(s, answer);
    }
}

template <class Connection>
runtime::awaitable<void> ping(Connection& s) {
    char       bytes[message_size] = {};
    auto const message = asio::const_buffer(bytes, message_size);
    for (int i = 0; i < trip_count; ++i) {
        co_await write_all(s, message);
        for (std::size_t had = 0; had < message_size;)
            had += co_await read_some(s, asio::buffer(bytes, message_size - had));
    }
}

// Both ends of a connection of either kind.
struct sockets {
    explicit sockets(asio::any_io_executor const& e) : near(e), far(e) {
        tcp::acceptor door(e, {asio::ip::address_v4::loopback(), 0});
        near.connect(door.local_endpoint());
        door.accept(far);
        near.set_option(tcp::no_delay(true));
        far.set_option(tcp::no_delay(true));
        near.non_blocking(true);
        far.non_blocking(true);
    }
    tcp::socket near;
    tcp::socket far;
};

struct streams {
    std::unique_ptr<runtime::stream> near;
    std::unique_ptr<runtime::stream> far;
};

runtime::awaitable<void> connect(runtime::network& network, streams& into) {
    auto const door = network.listen({"127.0.0.1", 0});
    into.near = co_await network.connect(door->local());
    into.far = co_await door->accept();
}

void seam(benchmark::State& state) try {
    runtime::real_world world;
    auto const          waist = world.world();
    sockets             raw(waist.executor);
    streams             ours;
    bench::run_on(world, connect(waist.network, ours));
    bench::background beside(world);
    beside.run(echo(raw.far));
    beside.run(echo(*ours.far));

    bench::cost socket, stream;
    for (auto _ : state) {
        socket.measure(trip_count, [&] { bench::run_on(world, ping(raw.near)); });
        stream.measure(trip_count, [&] { bench::run_on(world, ping(*ours.near)); });
    }
    socket.report(state, "socket");
    stream.report(state, "stream");
    state.counters["ratio"] = stream.microseconds() / socket.microseconds();
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK(seam)->Unit(benchmark::kMillisecond)->MinTime(2);
