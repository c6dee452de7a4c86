// What one chunk costs a gateway beyond what it costs anybody: against a bare relay on the same
// sockets, streams and loop (bare_relay.hpp).
//
// `relay` passes OpenAI's bytes on, `openai` is the gateway that does so, `anthropic` the gateway
// that translates Anthropic's events to OpenAI's. All three stand on one thread and take turns;
// provider and clients are on another. Per chunk, medians: microseconds of the thread's processor
// time and allocations; `_x` is the gateway's processor time in units of the relay's.
//
//   cpu/steady      64 streams with a chunk every 5 ms
//   cpu/burst_1     one stream as fast as it is taken, one event a write
//   cpu/burst_16    the same, 16 events a write
//   instructions/N  in user space, counted by callgrind in a process of their own: N events a
//                   write, and the next write when the last one has arrived
//
//   make bench, or build/release/bench/hot_path_bench [--benchmark_filter=cpu]

#include <benchmark/benchmark.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "bench/cost.hpp"
#include "bench/exchange.hpp"
#include "bench/load.hpp"
#include "bench/served.hpp"
#include "runtime/real_program.hpp"

namespace {

runtime::address const         anywhere{"127.0.0.1", 0};
std::vector<std::string> const roles{"relay", "openai", "anthropic"};

// What a role's provider speaks.
std::string spoken(std::string const& role) { return role == "relay" ? "openai" : role; }

// A provider and its clients, on the loop of this thread.
class outside {
public:
    outside(runtime::real_world& world, bench::load load, std::string const& role)
        : world_(world), loaded_(world.world(), load, spoken(role)), beside_(world) {
        auto door = world.world().network.listen(anywhere);
        provider_ = door->local();
        beside_.run(loaded_.provide(std::move(door)));
    }

    runtime::address const& provider() const { return provider_; }
    double                  chunks() const { return loaded_.chunks(); }
    void ask(runtime::address const& at) { bench::run_on(world_, loaded_.ask(at)); }

private:
    runtime::real_world&                   world_;
    bench::loaded                          loaded_;
    bench::background<runtime::real_world> beside_;
    runtime::address                       provider_;
};

void cpu(benchmark::State& state, bench::load load) try {
    runtime::real_world                   world;
    std::vector<std::unique_ptr<outside>> around;
    std::vector<bench::served::place>     places;
    for (auto const& role : roles) {
        around.push_back(std::make_unique<outside>(world, load, role));
        places.push_back({role, around.back()->provider()});
    }
    bench::served const              served(places);
    std::vector<std::vector<double>> us(roles.size()), allocations(roles.size());
    for (auto _ : state)
        for (std::size_t i = 0; i < roles.size(); ++i) {
            auto const before = served.used();
            around[i]->ask(served[i]);
            auto const after = served.used();
            auto const chunks = around[i]->chunks();
            us[i].push_back(static_cast<double>(after.nanoseconds - before.nanoseconds) /
                            (1000 * chunks));
            allocations[i].push_back(static_cast<double>(after.allocations - before.allocations) /
                                     chunks);
        }
    auto const relay = bench::quantile(us[0], 0.5);
    for (std::size_t i = 0; i < roles.size(); ++i) {
        state.counters[roles[i] + "_us"] = bench::quantile(us[i], 0.5);
        state.counters[roles[i] + "_allocs"] = bench::quantile(allocations[i], 0.5);
        if (i > 0) state.counters[roles[i] + "_x"] = bench::quantile(us[i], 0.5) / relay;
    }
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

// The port behind "listening ", once the program has written it.
std::uint16_t port_of(runtime::background_program const& program, std::string const& log) {
    runtime::real_world waiting;
    for (int i = 0; i < 3000 && !program.status(); ++i) {
        std::ifstream file(log);
        std::string   word;
        while (file >> word)
            if (int port = 0; word == "listening" && file >> port)
                return static_cast<std::uint16_t>(port);
        bench::run_on(waiting, waiting.world().clock.sleep_for(std::chrono::milliseconds(10)));
    }
    throw std::runtime_error("callgrind does not run: `tools/setup bench` installs valgrind");
}

// Of a whole process that has served one answer.
double instructions_of(std::string const& role, bench::load load) {
    runtime::real_world       world;
    runtime::own_folder const folder;
    outside                   around(world, load, role);
    auto const                log = folder.path() + "/log";
    auto const                counted = folder.path() + "/callgrind";
    runtime::command          run;
    run.arguments = {"valgrind",
                     "--tool=callgrind",
                     "--callgrind-out-file=" + counted,
                     runtime::program_path(),
                     "--serve",
                     role,
                     std::to_string(around.provider().port)};
    run.environment["PATH"] = std::getenv("PATH");
    runtime::background_program program(run, log);
    around.ask({"127.0.0.1", port_of(program, log)});
    if (!program.stop(SIGTERM, std::chrono::seconds(30)))
        throw std::runtime_error("callgrind did not end");
    std::ifstream file(counted);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("totals: ")) return std::stod(line.substr(8));
    throw std::runtime_error("callgrind has counted nothing");
}

void instructions(benchmark::State& state, std::size_t events_a_write) try {
    constexpr std::size_t few = 320, many = 1600;
    std::vector<double>   each(roles.size());
    for (auto _ : state)
        for (std::size_t i = 0; i < roles.size(); ++i) {
            auto const of = [&](std::size_t events) {
                return instructions_of(roles[i],
                                       {1, events, events_a_write, bench::pace::lockstep});
            };
            each[i] = (of(many) - of(few)) / (many - few);
        }
    for (std::size_t i = 0; i < roles.size(); ++i) {
        state.counters[roles[i]] = each[i];
        if (i > 0) state.counters[roles[i] + "_more"] = each[i] - each[0];
    }
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

// What runs under callgrind: one role, until it is told to end.
int serve(std::string const& role, int provider) {
    runtime::real_world world;
    bench::server       one(world, role, {"127.0.0.1", static_cast<std::uint16_t>(provider)});
    world.on_signals([&](int) { world.stop(); });
    std::cout << "listening " << one.address().port << std::endl;
    world.run();
    return 0;
}

}  // namespace

BENCHMARK_CAPTURE(cpu, steady, {64, 100, 1, bench::pace::steady})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(5);
BENCHMARK_CAPTURE(cpu, burst_1, {1, 10'000, 1, bench::pace::burst})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(21);
BENCHMARK_CAPTURE(cpu, burst_16, {1, 48'000, 16, bench::pace::burst})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(21);
BENCHMARK_CAPTURE(instructions, 1, 1)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
BENCHMARK_CAPTURE(instructions, 16, 16)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);

int main(int argc, char** argv) {
    if (argc == 4 && std::strcmp(argv[1], "--serve") == 0)
        return serve(argv[2], std::atoi(argv[3]));
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
    benchmark::RunSpecifiedBenchmarks();
}
