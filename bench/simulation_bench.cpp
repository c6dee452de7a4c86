// How fast the simulated world is: steps of its loop in a second of ours, with ready work in the
// order of its coming (`fifo`) and in an order that the seed chooses (`shuffled`).
//
// `timers`: 1,000 coroutines that sleep over and over. `ping_pong`: 64 bytes to and fro over one
// connection. `seed_scenarios`: the scenarios of scenarios/library/seed, played and judged.
//
//   make bench, or build/release/bench/simulation_bench

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "bench/allocations.hpp"
#include "bench/exchange.hpp"
#include "runtime/task_group.hpp"
#include "scenarios/stage.hpp"

namespace {

using benchmark::Counter;
using runtime::ready_order;

Counter rate(std::uint64_t n) { return Counter(static_cast<double>(n), Counter::kIsRate); }

runtime::awaitable<void> sleep_often(runtime::clock& clock, runtime::duration each, int times) {
    for (int i = 0; i < times; ++i) co_await clock.sleep_for(each);
}

void timers(benchmark::State& state, ready_order order) {
    constexpr int sleeper_count = 1000;
    constexpr int times = 50;
    std::uint64_t steps = 0;
    std::uint64_t sleeps = 0;
    for (auto _ : state) {
        runtime::simulation_options options;
        options.order = order;
        runtime::simulation world(options);
        auto const          waist = world.world();
        runtime::task_group sleepers(waist.executor);
        for (int i = 0; i < sleeper_count; ++i)
            sleepers.spawn("",
                           sleep_often(waist.clock, std::chrono::microseconds(1 + i % 97), times));
        world.run();
        steps += world.steps();
        sleeps += sleeper_count * times;
    }
    state.counters["steps"] = rate(steps);
    state.counters["sleeps"] = rate(sleeps);
}

runtime::awaitable<void> echo(runtime::stream& s) {
    char bytes[64];
    for (;;) {
        auto const n = co_await s.read(boost::asio::buffer(bytes));
        if (n == 0) co_return;
        co_await s.write(std::string_view(bytes, n));
    }
}

runtime::awaitable<void> ping(runtime::stream& s, int times) {
    char bytes[64] = {};
    for (int i = 0; i < times; ++i) {
        co_await s.write(std::string_view(bytes, sizeof bytes));
        co_await s.read(boost::asio::buffer(bytes));
    }
    s.end();
}

void ping_pong(benchmark::State& state, ready_order order) {
    constexpr int times = 10'000;
    std::uint64_t steps = 0;
    std::uint64_t trips = 0;
    auto const    allocations = bench::allocations();
    for (auto _ : state) {
        runtime::simulation_options options;
        options.order = order;
        runtime::simulation world(options);
        auto const          waist = world.world();
        auto const          ends = waist.network.pair();
        runtime::task_group both(waist.executor);
        both.spawn("echo", echo(*ends.first));
        both.spawn("ping", ping(*ends.second, times));
        world.run();
        steps += world.steps();
        trips += times;
    }
    state.counters["steps"] = rate(steps);
    state.counters["round_trips"] = rate(trips);
    state.counters["allocs"] =
        static_cast<double>(bench::allocations() - allocations) / static_cast<double>(trips);
}

std::vector<scenario::scenario> seed_scenarios_read() {
    std::vector<std::filesystem::path> paths;
    for (auto const& entry : std::filesystem::directory_iterator(SEED_SCENARIOS))
        if (entry.path().extension() == ".scenario") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<scenario::scenario> all;
    for (auto const& path : paths) all.push_back(scenario::read_file(path.string()));
    if (all.empty()) throw std::runtime_error("no scenario in " SEED_SCENARIOS);
    return all;
}

void seed_scenarios(benchmark::State& state, ready_order order) try {
    auto const             all = seed_scenarios_read();
    std::uint64_t          steps = 0;
    std::uint64_t          played = 0;
    scenario::play_options options;
    options.order = order;
    for (auto _ : state) {
        for (auto const& one : all) {
            auto const seen = scenario::play(one, options);
            if (seen.is != scenario::verdict::passed)
                throw std::runtime_error(one.name + " has not passed");
            steps += seen.steps;
            ++played;
        }
        ++options.seed;
    }
    state.counters["scenarios"] = rate(played);
    state.counters["steps"] = rate(steps);
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK_CAPTURE(timers, fifo, ready_order::fifo)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(timers, shuffled, ready_order::shuffled)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ping_pong, fifo, ready_order::fifo)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ping_pong, shuffled, ready_order::shuffled)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(seed_scenarios, fifo, ready_order::fifo)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(seed_scenarios, shuffled, ready_order::shuffled)->Unit(benchmark::kMillisecond);
