#include "runtime/real.hpp"

#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <optional>

#include "runtime/real_clock.hpp"
#include "runtime/real_network.hpp"
#include "runtime/real_pipe.hpp"
#include "runtime/real_stopwatch.hpp"
#include "runtime/real_stream.hpp"

namespace runtime {

// Destroyed from the bottom to the top: the loop goes before the clock and the counts, which
// the frames that it destroys still use.
struct real_world::inside {
    inside(tls_options options, std::shared_ptr<real_crew> crew)
        : clock(crew ? crew->began() : wall_nanoseconds()),
          network(loop, clock, open, std::move(options), std::move(crew)) {
        clock.attach(loop);
    }
    ~inside() { clock.detach(); }

    census           open;
    loop_watch       watch;
    runtime::entropy entropy = runtime::entropy::of_system();
    real_clock       clock;
    real_network     network;
    asio::io_context loop{1};

    std::optional<asio::signal_set> signals;
    std::function<void(int)>        on_signal;
    bool                            stopped = false;

    bool step(bool one);
    bool step_measured();
    void await_signal();
};

namespace {

// Runs one handler or several; false if none was run because there is nothing to wait for.
// An exception that leaves a handler ends neither the loop nor the process: the others that
// run on it have done nothing wrong.
template <class Run>
bool guarded_run(loop_watch& watch, Run run) {
    std::string what = "unknown";
    try {
        return run() > 0;
    } catch (std::exception const& e) {
        what = e.what();
    } catch (...) {
    }
    std::fprintf(stderr, "exception left a handler: %s\n", what.c_str());
    watch.note("exception left a handler: " + what);
    return true;
}

}  // namespace

bool real_world::inside::step_measured() {
    auto const ready = [this] {
        measured_handler const here;
        return loop.poll_one();
    };
    if (guarded_run(watch, ready)) return true;
    // The handler that ends the wait measures itself (measured_handler).
    loop.restart();
    return guarded_run(watch, [this] { return loop.run_one(); });
}

bool real_world::inside::step(bool one) {
    loop.restart();
    bool const ran = watch.measure ? step_measured()
                     : one         ? guarded_run(watch, [this] { return loop.run_one(); })
                                   : guarded_run(watch, [this] { return loop.run(); });
    if (ran) return true;
    // The clock's timer does not count as work: alarms that are set do.
    if (clock.alarm_count() == 0) return false;
    auto const work = asio::make_work_guard(loop);
    loop.restart();
    return guarded_run(watch, [this] { return loop.run_one(); });
}

void real_world::inside::await_signal() {
    signals->async_wait([this](error_code ec, int number) {
        if (ec) return;
        measured_handler const here;
        await_signal();
        on_signal(number);
    });
}

real_world::real_world(bool watch, tls_options options) : real_world(std::move(options), nullptr) {
    inside_->watch.measure = watch;
}

real_world::real_world(std::shared_ptr<real_crew> crew)
    : real_world(tls_options(), std::move(crew)) {}

real_world::real_world(tls_options options, std::shared_ptr<real_crew> crew)
    : inside_(std::make_unique<inside>(std::move(options), std::move(crew))) {
    inside_->watch.measure = false;
    inside_->watch.loop_waits = true;
    // A write to one who has gone is an error of that write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
}

real_world::~real_world() = default;

runtime::world real_world::world() {
    auto& in = *inside_;
    return {in.loop.get_executor(), in.clock, in.network, in.entropy};
}

loop_watch& real_world::watch() { return inside_->watch; }

void real_world::run(std::function<bool()> until) {
    auto& in = *inside_;
    if (!in.watch.run_begins()) return;
    struct running {
        loop_watch& watch;
        ~running() { watch.run_ends(); }
    } const now{in.watch};

    in.stopped = false;
    bool const one = static_cast<bool>(until);
    while (!in.stopped && !(until && until()) && in.step(one)) {
    }
}

void real_world::stop() {
    inside_->stopped = true;
    inside_->loop.stop();
}

void real_world::on_signals(std::function<void(int)> on_signal) {
    auto& in = *inside_;
    in.on_signal = std::move(on_signal);
    if (in.signals) return;
    in.signals.emplace(in.loop, SIGINT, SIGTERM, SIGHUP);
    in.await_signal();
}

void real_world::show(std::shared_ptr<tls_identity const> identity) {
    inside_->network.show(std::move(identity));
}

std::unique_ptr<stream> real_world::standard_streams() {
    using asio::posix::stream_descriptor;
    stream_descriptor in(inside_->loop, ::dup(0));
    stream_descriptor out(inside_->loop, ::dup(1));
    in.non_blocking(true);
    out.non_blocking(true);
    pipe_channel ends{std::move(in), std::move(out)};
    return std::make_unique<channel_stream<pipe_channel>>(std::move(ends),
                                                          counted(inside_->open.streams));
}

std::vector<std::string> real_world::left_over() const {
    std::vector<std::string> all;
    auto const               add = [&](std::size_t n, std::string one, std::string const& many) {
        if (n > 0) all.push_back(std::to_string(n) + " " + (n == 1 ? std::move(one) : many));
    };
    auto const& open = inside_->open;
    add(open.streams, "stream open", "streams open");
    add(open.listeners, "listener open", "listeners open");
    add(open.children, "child not ended", "children not ended");
    add(inside_->clock.alarm_count(), "alarm set", "alarms set");
    return all;
}

}  // namespace runtime
