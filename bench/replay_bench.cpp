// How exactly 1,000 recorded streams are replayed at the same time, on real sockets.
//
// Each stream has 100 transfer chunks, one every 50 ms, and begins at a time of its own within the
// first 50 ms. The server has a thread, its clients another. `late` is how much later than recorded
// a chunk arrived, in microseconds, and holds all that both have to do at that instant for the
// others. `drift` is how much longer or shorter than recorded a stream was, from its first chunk to
// its last, in percent: gaps that are slept one after the other add up and would show there. One
// late chunk at either end shows there as well, so `slope`, the straight line that fits the
// lateness of all chunks best, tells a drift from a hiccup. `waited` is how long the server stood
// ready without a processor: no replay is better than its machine.
//
//   make bench, or build/release/bench/replay_bench

#include <benchmark/benchmark.h>

#include <atomic>
#include <cmath>
#include <future>

#include "bench/cost.hpp"
#include "bench/exchange.hpp"
#include "replay/message_watch.hpp"
#include "replay/server.hpp"
#include "runtime/real_stopwatch.hpp"
#include "runtime/real_workers.hpp"

namespace {

namespace asio = boost::asio;

constexpr int  stream_count = 1000;
constexpr int  chunk_count = 100;
constexpr auto interval = std::chrono::milliseconds(50);

struct measured {
    std::vector<double> late;   // microseconds, of every chunk
    std::vector<double> drift;  // percent, of every stream
    std::vector<double> slope;  // likewise
    double              waited_ms = 0;
};

replay::recording streams() {
    replay::recording r;
    for (int i = 0; i < stream_count; ++i) {
        replay::exchange x;
        x.at = interval * i / stream_count;
        x.asked = {"GET", "/stream/" + std::to_string(i), {{"Host", "bench"}}, ""};
        auto& a = x.answered;
        a.status = 200;
        a.fields = {{"Content-Type", "text/event-stream"}, {"Transfer-Encoding", "chunked"}};
        a.head_at = interval;
        for (int k = 1; k <= chunk_count; ++k)
            a.pieces.push_back({interval * k, "data: " + std::string(240, 'x') + "\n\n"});
        a.ended_at = a.pieces.back().at;
        r.exchanges.push_back(std::move(x));
    }
    return r;
}

double microseconds(runtime::duration d) { return static_cast<double>(d.count()) / 1000; }

// Of lateness over time, by least squares.
double slope(std::vector<replay::piece> const& said, std::vector<replay::piece> const& came) {
    auto const n = static_cast<double>(said.size());
    double     time = 0, late = 0;
    for (std::size_t i = 0; i < said.size(); ++i) {
        time += microseconds(said[i].at) / n;
        late += microseconds(came[i].at - said[i].at) / n;
    }
    double together = 0, spread = 0;
    for (std::size_t i = 0; i < said.size(); ++i) {
        auto const x = microseconds(said[i].at) - time;
        together += x * (microseconds(came[i].at - said[i].at) - late);
        spread += x * x;
    }
    return together / spread;
}

runtime::awaitable<void> hear(runtime::world w, runtime::address at, replay::exchange const& x,
                              runtime::time_point beginning, measured& all) {
    auto const stream = co_await w.network.connect(at);
    co_await w.clock.sleep_until(beginning + x.at);
    runtime::http_request asked;
    asked.method = x.asked.method;
    asked.target = x.asked.target;
    asked.fields = x.asked.fields;
    auto const text = runtime::to_text(asked);
    auto const began = w.clock.now();
    co_await stream->write(text);
    replay::message_watch seen(replay::message_watch::kind::answer);
    char                  bytes[4096];
    while (!seen.done()) {
        auto const n = co_await stream->read(asio::buffer(bytes));
        if (n == 0) throw std::runtime_error("a stream broke off");
        seen.feed(std::string_view(bytes, n), w.clock.now() - began);
    }
    auto const& came = seen.pieces();
    auto const& said = x.answered.pieces;
    if (came.size() != said.size()) throw std::runtime_error("the chunks are others");
    for (std::size_t i = 0; i < came.size(); ++i)
        all.late.push_back(microseconds(came[i].at - said[i].at));
    auto const length = microseconds(said.back().at - said.front().at);
    auto const longer = all.late.back() - all.late[all.late.size() - said.size()];
    all.drift.push_back(100 * std::abs(longer) / length);
    all.slope.push_back(100 * std::abs(slope(said, came)));
}

runtime::awaitable<void> hear_all(runtime::world w, runtime::address at, replay::recording const& r,
                                  measured& all) {
    runtime::task_group hearing(w.executor);
    auto const          beginning = w.clock.now() + std::chrono::milliseconds(500);
    for (auto const& x : r.exchanges) hearing.spawn("hear", hear(w, at, x, beginning, all));
    co_await hearing.wait();
}

// Serves until the client has heard all.
void serve(replay::recording const& recorded, std::promise<runtime::address>& door,
           std::atomic<bool> const& heard, measured& all) {
    runtime::real_world world;
    auto const          w = world.world();
    replay::server      server(w, recorded, {}, {});
    auto                listener = w.network.listen({"127.0.0.1", 0});
    auto const          at = listener->local();
    server.start(std::move(listener));
    door.set_value(at);
    auto const ready = runtime::thread_queued_nanoseconds();
    auto       until_heard = [&]() -> runtime::awaitable<void> {
        while (!heard) co_await w.clock.sleep_for(interval);
    };
    bench::run_on(world, until_heard());
    all.waited_ms += static_cast<double>(runtime::thread_queued_nanoseconds() - ready) / 1e6;
    bench::run_on(world, server.stop());
}

void replayed(benchmark::State& state) try {
    auto const recorded = streams();
    measured   all;
    for (auto _ : state) {
        std::promise<runtime::address> door;
        std::atomic<bool>              heard = false;
        runtime::in_parallel(2, 2, [&](std::size_t side) {
            if (side == 0) return serve(recorded, door, heard, all);
            runtime::real_world world;
            struct told {
                std::atomic<bool>& flag;
                ~told() { flag = true; }
            } const over{heard};
            auto const at = door.get_future().get();
            bench::run_on(world, hear_all(world.world(), at, recorded, all));
        });
    }
    state.counters["drift_p50_percent"] = bench::quantile(all.drift, 0.5);
    state.counters["drift_max_percent"] = bench::quantile(all.drift, 1);
    state.counters["slope_max_percent"] = bench::quantile(all.slope, 1);
    state.counters["late_p50_us"] = bench::quantile(all.late, 0.5);
    state.counters["late_p99_us"] = bench::quantile(all.late, 0.99);
    state.counters["waited_ms"] = all.waited_ms;
} catch (std::exception const& e) {
    state.SkipWithError(e.what());
}

}  // namespace

BENCHMARK(replayed)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);
