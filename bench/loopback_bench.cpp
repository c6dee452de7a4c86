// How much later a chunk arrives because it passes through the gateway, on real sockets.
//
// A provider writes a chunk every 2 ms with its time in it; the client, on the same loop, looks
// at the clock when it arrives. Three such streams run at the same time, taking turns within the
// 2 ms, so that all meet the same machine in the same state: `direct`, `gateway`, and `relay`,
// the bare relay on the gateway's thread. Gateway and relay have a loop and a thread of their own,
// as a gateway would; waking it is the larger part of what is added, and the relay shows how much.
// Microseconds; `added` is gateway to direct, and `_x` what the gateway adds in units of what the
// relay adds. On a busy machine p99 is that of its scheduler.
//
//   make bench, or build/release/bench/loopback_bench

#include <benchmark/benchmark.h>

#include "bench/cost.hpp"
#include "bench/served.hpp"
#include "runtime/task_group.hpp"
#include "wire/provider_format.hpp"

namespace {

constexpr int  chunk_count = 1000;
constexpr auto interval = std::chrono::milliseconds(2);

runtime::address const anywhere{"127.0.0.1", 0};

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
                                 bench::served const& served) {
    runtime::task_group asking(w.executor);
    asking.spawn("direct", direct.ask(direct.provider()));
    asking.spawn("relay", relayed.ask(served[0]));
    asking.spawn("gateway", gateway.ask(served[1]));
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
        std::vector<bench::served::place> const places{{"relay", relayed.provider()},
                                                       {"openai", gateway.provider()}};
        bench::served const                     served(places);
        for (auto _ : state) bench::run_on(world, ask_all(waist, direct, relayed, gateway, served));
    }
    direct.report(state, "direct");
    relayed.report(state, "relay");
    gateway.report(state, "gateway");
    for (auto const& [name, part] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
        auto const added = gateway.late(part) - direct.late(part);
        state.counters["added_" + std::string(name) + "_us"] = added;
        state.counters["added_" + std::string(name) + "_x"] =
            added / (relayed.late(part) - direct.late(part));
    }
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK(loopback)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);
