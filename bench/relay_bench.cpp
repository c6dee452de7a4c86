// What one relayed chunk costs: a streamed answer of 1,000 chunks through the real gateway, in
// memory (simulation), and next to it the same client and provider without the gateway.
//
// `alone`: the provider pauses between two chunks, so each passes by itself, with a read and a
// write of its own. `burst`: all are written as fast as they are taken, and what has gathered
// passes together. Per chunk, medians: processor time and allocations; `ratio` is gateway to
// direct, `added_us` what the gateway itself costs. The request is in it too, a thousandth each.
//
//   make bench, or build/release/bench/relay_bench

#include <benchmark/benchmark.h>

#include <optional>

#include "bench/answer.hpp"
#include "bench/cost.hpp"
#include "bench/exchange.hpp"
#include "proxy/gateway.hpp"

namespace {

constexpr std::size_t chunk_count = 1000;

enum class pace { alone, burst };

runtime::awaitable<void> say(runtime::http_chunk_writer& to, runtime::clock& clock, pace how,
                             std::vector<std::string> const& frames) {
    for (auto const& frame : frames) {
        if (how == pace::alone) co_await clock.sleep_for(std::chrono::milliseconds(1));
        co_await to.write(frame);
    }
}

// A provider, a gateway in front of it, and a client that asks the one or the other.
class stage {
public:
    stage(std::string const& provider, pace how)
        : frames_(bench::answer(provider, chunk_count - 1)), beside_(world_) {
        world_.watch().measure = false;  // of the harness, not of the gateway
        auto const waist = world_.world();
        auto       listener = waist.network.listen(provider_at);
        auto       playing = [this, how, &clock = waist.clock](runtime::http_chunk_writer& to) {
            return say(to, clock, how, frames_);
        };
        beside_.run(bench::provide(waist, std::move(listener), playing));
        gateway_.emplace(waist, bench::gateway_config(provider, provider_at, gateway_at));
        gateway_->start();
    }
    ~stage() { bench::run_on(world_, gateway_->stop()); }

    void ask_directly() { ask(provider_at); }
    void ask_gateway() { ask(gateway_at); }

    std::size_t reads() const { return reads_; }  // of the client, for the last answer

private:
    void ask(runtime::address const& at) {
        reads_ = 0;
        std::string last;
        auto const  told = [&](std::string_view piece) {
            ++reads_;
            last = piece;
        };
        bench::run_on(world_, bench::ask(world_.world(), at, told));
        if (!last.ends_with("data: [DONE]\n\n") && !last.ends_with("\"message_stop\"}\n\n"))
            throw std::runtime_error("the answer ended with: " + last);
    }

    runtime::address const provider_at{"provider", 80};
    runtime::address const gateway_at{"gateway", 80};

    runtime::simulation                    world_;
    std::vector<std::string>               frames_;
    bench::background<runtime::simulation> beside_;
    std::optional<proxy::gateway>          gateway_;
    std::size_t                            reads_ = 0;
};

void relay(benchmark::State& state, char const* provider, pace how) try {
    stage       here(provider, how);
    bench::cost direct, gateway;
    std::size_t reads = 0;
    for (auto _ : state) {
        direct.measure(chunk_count, [&] { here.ask_directly(); });
        gateway.measure(chunk_count, [&] { here.ask_gateway(); });
        reads = here.reads();
    }
    direct.report(state, "direct");
    gateway.report(state, "gateway");
    state.counters["ratio"] = gateway.microseconds() / direct.microseconds();
    state.counters["added_us"] = gateway.microseconds() - direct.microseconds();
    state.counters["chunks_per_read"] =
        static_cast<double>(chunk_count) / static_cast<double>(reads);
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK_CAPTURE(relay, openai_alone, "openai", pace::alone)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(relay, openai_burst, "openai", pace::burst)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(relay, anthropic_alone, "anthropic", pace::alone)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(relay, anthropic_burst, "anthropic", pace::burst)->Unit(benchmark::kMillisecond);
