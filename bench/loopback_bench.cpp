// How much later a chunk arrives because it passes through the gateway, on real sockets.
//
// A provider writes a chunk every 2 ms with its time in it; the client, on the same loop, looks
// at the clock when it arrives. Three such streams run at the same time, taking turns within the
// 2 ms, so that all meet the same machine in the same state: `direct`, `gateway`, and `relay`,
// which copies bytes on the gateway's thread and does nothing else. Gateway and relay have a loop
// and a thread of their own, as a gateway would; waking it is the larger part of what is added,
// and the relay shows how much. Microseconds; `added` is gateway to direct. On a busy machine p99
// is that of its scheduler.
//
//   make bench, or build/release/bench/loopback_bench

#include <benchmark/benchmark.h>

#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <thread>

#include "bench/cost.hpp"
#include "bench/exchange.hpp"
#include "proxy/gateway.hpp"
#include "runtime/task_group.hpp"
#include "wire/provider_format.hpp"

namespace {

namespace asio = boost::asio;

constexpr int  chunk_count = 1000;
constexpr auto interval = std::chrono::milliseconds(2);

runtime::address const anywhere{"127.0.0.1", 0};

runtime::awaitable<void> copy(runtime::stream& from, runtime::stream& to) {
    char bytes[16 * 1024];
    for (;;) {
        auto const n = co_await from.read(asio::buffer(bytes));
        if (n == 0) break;
        co_await to.write(std::string_view(bytes, n));
    }
    to.end();
}

// One connection after the other is copied, both ways, to this address.
runtime::awaitable<void> relay(runtime::world w, runtime::listener& door, runtime::address to) {
    for (;;) {
        auto const          near = co_await door.accept();
        auto const          far = co_await w.network.connect(to);
        runtime::task_group both(w.executor);
        both.spawn("request", copy(*near, *far));
        both.spawn("answer", copy(*far, *near));
        std::exception_ptr failed;
        try {
            co_await both.wait();
        } catch (...) {
            failed = std::current_exception();
        }
        co_await asio::this_coro::reset_cancellation_state();
        co_await both.stop();
        if (failed) co_return;
    }
}

// The gateway and the relay, on a thread and a loop of their own.
class other_thread {
public:
    other_thread(runtime::address behind_gateway, runtime::address behind_relay) {
        std::promise<places> opened;
        auto                 known = opened.get_future();
        thread_ = std::thread([=, opened = std::move(opened)]() mutable {
            serve(behind_gateway, behind_relay, opened);
        });
        at = known.get();
    }
    ~other_thread() {
        asio::post(at.executor, [this] { at.world->stop(); });
        thread_.join();
    }

    struct places {
        runtime::address      gateway;
        runtime::address      relay;
        runtime::real_world*  world = nullptr;
        asio::any_io_executor executor;
    };
    places at;

private:
    static void serve(runtime::address const& behind_gateway, runtime::address const& behind_relay,
                      std::promise<places>& opened) {
        runtime::real_world world;
        auto const          waist = world.world();
        proxy::gateway gateway(waist, bench::gateway_config("openai", behind_gateway, anywhere));
        gateway.start();
        auto const        door = waist.network.listen(anywhere);
        bench::background beside(world);
        beside.run(relay(waist, *door, behind_relay));
        opened.set_value({gateway.address(), door->local(), &world, waist.executor});
        world.run();
        bench::run_on(world, gateway.stop());
    }

    std::thread thread_;
};

// Every word is the time of its writing. The streams change places from chunk to chunk: who comes
// second finds a thread that has just been awake.
runtime::awaitable<void> say_times(runtime::http_chunk_writer& to, runtime::clock& clock,
                                   int place) {
    auto const encoder = wire::find_provider_format("openai")->encoder({});
    auto       round = clock.now() + interval;
    round += interval - round.time_since_epoch() % interval;
    for (int i = 0; i < chunk_count; ++i, round += interval) {
        co_await clock.sleep_until(round + interval * ((place + i) % 3) / 3);
        wire::text said;
        said.piece = std::to_string(clock.now().time_since_epoch().count());
        auto const bytes = encoder->encode(said);
        co_await to.write(bytes);
    }
    auto const bytes = encoder->encode(wire::finish{}) + encoder->end();
    co_await to.write(bytes);
}

// One stream: its provider, and what its client has heard.
class path {
public:
    path(runtime::world w, bench::background<runtime::real_world>& beside, int place) : world_(w) {
        auto door = w.network.listen(anywhere);
        provider_ = door->local();
        auto const say = [&clock = w.clock, place](runtime::http_chunk_writer& to) {
            return say_times(to, clock, place);
        };
        beside.run(bench::provide(w, std::move(door), say));
    }

    runtime::address const& provider() const { return provider_; }

    runtime::awaitable<void> ask(runtime::address to) {
        auto const decoder = wire::find_provider_format("openai")->decoder(1 << 20);
        auto const told = [this, &decoder](std::string_view piece) {
            auto const               arrived = world_.clock.now().time_since_epoch().count();
            std::vector<wire::delta> deltas;
            decoder->feed(piece, deltas);
            for (auto const& d : deltas)
                if (auto const* said = std::get_if<wire::text>(&d))
                    late_.push_back(static_cast<double>(arrived - std::stoll(said->piece)) / 1000);
        };
        auto asking = bench::ask(world_, to, told);
        co_await std::move(asking);
    }

    double late(double part) const { return bench::quantile(late_, part); }

    void report(benchmark::State& state, std::string const& name) const {
        state.counters[name + "_p50_us"] = late(0.5);
        state.counters[name + "_p99_us"] = late(0.99);
    }

private:
    runtime::world      world_;
    runtime::address    provider_;
    std::vector<double> late_;  // microseconds
};

runtime::awaitable<void> ask_all(runtime::world w, path& direct, path& relayed, path& gateway,
                                 other_thread const& other) {
    runtime::task_group asking(w.executor);
    asking.spawn("direct", direct.ask(direct.provider()));
    asking.spawn("relay", relayed.ask(other.at.relay));
    asking.spawn("gateway", gateway.ask(other.at.gateway));
    co_await asking.wait();
}

void loopback(benchmark::State& state) try {
    runtime::real_world world;
    auto const          waist = world.world();
    bench::background   beside(world);
    path                direct(waist, beside, 0);
    path                relayed(waist, beside, 1);
    path                gateway(waist, beside, 2);
    {
        other_thread const other(gateway.provider(), relayed.provider());
        for (auto _ : state) bench::run_on(world, ask_all(waist, direct, relayed, gateway, other));
    }
    direct.report(state, "direct");
    relayed.report(state, "relay");
    gateway.report(state, "gateway");
    state.counters["added_p50_us"] = gateway.late(0.5) - direct.late(0.5);
    state.counters["added_p99_us"] = gateway.late(0.99) - direct.late(0.99);
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK(loopback)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);
