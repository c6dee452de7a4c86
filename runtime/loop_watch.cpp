#include "runtime/loop_watch.hpp"

#include <algorithm>

#include "runtime/real_stopwatch.hpp"

namespace runtime {

namespace {

thread_local loop_watch* watching = nullptr;

// A reading costs microseconds: one in so many handlers.
constexpr int reading_interval = 512;

}  // namespace

loop_watch* loop_watch::current() { return watching; }

bool loop_watch::run_begins() {
    if (running_ > 0) {
        note("nested run: a handler ran the loop that was running it");
        return false;
    }
    if (watching && watching != this) {
        watching->note("nested run: a handler ran another loop inside this one");
        return false;
    }
    ++running_;
    owner_ = std::this_thread::get_id();
    watching = this;
    measuring_ = measure ? this : nullptr;
    take_reading();
    return true;
}

void loop_watch::run_ends() {
    --running_;
    watching = nullptr;
    measuring_ = nullptr;
}

void loop_watch::handler_begins() {
    if (++handlers_ > 1) return;
    if (std::this_thread::get_id() != owner_)
        note("foreign thread: a handler ran on a thread that is not the loop's");
    if (++since_reading_ >= reading_interval) take_reading();
    start_measuring();
}

void loop_watch::take_reading() {
    since_reading_ = 0;
    if (!measure) return;
    before_ = {wall_nanoseconds(), thread_cpu_nanoseconds(), thread_queued_nanoseconds(),
               thread_voluntary_waits()};
}

// A real loop waits between its handlers, so there only the handler itself counts. What others
// took from the thread since the last reading is more than what they took from the handler: in
// doubt nobody is blamed.
duration loop_watch::asleep() const {
    auto const queued = thread_queued_nanoseconds() - before_.queued;
    auto const wall = wall_nanoseconds() - (loop_waits ? wall_ : before_.wall);
    auto const cpu = thread_cpu_nanoseconds() - (loop_waits ? cpu_ : before_.cpu);
    return duration(wall - cpu - queued);
}

void loop_watch::start_measuring() {
    wall_ = wall_nanoseconds();
    if (loop_waits) {
        cpu_ = thread_cpu_nanoseconds();
        waits_ = thread_voluntary_waits();
    }
}

void loop_watch::excuse() {
    if (handlers_ == 0) return;
    take_reading();
    start_measuring();
}

void loop_watch::handler_ends() {
    if (--handlers_ > 0) return;
    auto const took = duration(wall_nanoseconds() - wall_);
    if (took < blocked_max) return;
    auto const waits = loop_waits ? waits_ : before_.waits;
    if (thread_voluntary_waits() > waits && asleep() >= blocked_max)
        note("blocked loop: a handler waited in the kernel for more than " + to_text(blocked_max));
    if (loop_waits && duration(thread_cpu_nanoseconds() - cpu_) >= busy_max)
        note("blocked loop: a handler computed for more than " + to_text(busy_max));
    take_reading();
}

void loop_watch::note(std::string trouble) {
    if (std::find(trouble_.begin(), trouble_.end(), trouble) == trouble_.end())
        trouble_.push_back(std::move(trouble));
}

}  // namespace runtime
