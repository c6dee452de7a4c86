#include "runtime/simulation_loop.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace runtime {

namespace {

// A stream is starved if work that was ready waited while this many other steps were done,
// for each that was ready beside it.
constexpr std::uint64_t patience = 64;
constexpr std::uint64_t patience_min = 100'000;

constexpr std::int64_t scenario_date = 1'767'225'600;  // 2026-01-01T00:00:00Z

}  // namespace

simulation_loop::simulation_loop(simulation_options const& options)
    : services(1), options_(options), order_(entropy(options.seed).fork("ready order")) {}

simulation_loop::~simulation_loop() {
    while (!ready_.empty()) {
        auto* work = ready_.front();
        ready_.pop_front();
        work->finish(work, false);
    }
}

std::int64_t simulation_loop::unix_seconds() const {
    return scenario_date +
           std::chrono::duration_cast<std::chrono::seconds>(now_ - simulation::beginning).count();
}

simulation_loop::executor_type simulation_loop::executor() { return executor_type(*this); }

void simulation_loop::make_ready(ready_work* work) {
    work->since = steps;
    ready_.push_back(work);
}

simulation_loop::ready_work* simulation_loop::take() {
    auto at = ready_.begin();
    if (options_.order == ready_order::shuffled && ready_.size() > 1)
        at += static_cast<std::ptrdiff_t>(order_.below(ready_.size()));
    auto* work = *at;
    ready_.erase(at);
    return work;
}

void simulation_loop::run_one() {
    auto* work = take();
    if (steps - work->since > std::max(patience_min, patience * ready_.size()))
        watch.note("starved: ready work waited while " + std::to_string(steps - work->since) +
                   " other steps were done");
    ++steps;
    measured_handler const here;
    running = true;
    work->finish(work, true);
    running = false;
}

simulation::ended simulation_loop::run(std::function<bool()> const& until) {
    if (!watch.run_begins()) return simulation::ended::goal;
    struct leave {
        simulation_loop& loop;
        ~leave() {
            loop.running = false;
            loop.watch.run_ends();
        }
    } const leaving{*this};

    auto const all = [&] {
        std::uint64_t in_this_instant = 0;
        for (;;) {
            while (!ready_.empty()) {
                run_one();
                if (until && until()) return simulation::ended::goal;
                if (++in_this_instant > options_.steps_per_instant_max)
                    return simulation::ended::livelock;
            }
            auto const next = earliest();
            if (!next) return simulation::ended::quiet;
            if (*next > now_) {
                now_ = *next;
                in_this_instant = 0;
            }
            ring_due(now_);
        }
    };
    // Asio uses the memory of frames and handlers again, but only on a thread that runs a loop of
    // its own.
    auto             how = simulation::ended::quiet;
    asio::io_context around(1);
    asio::post(around, [&] { how = all(); });
    around.run();
    return how;
}

}  // namespace runtime
