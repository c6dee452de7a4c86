#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "runtime/time.hpp"

namespace runtime {

// Is the loop run as an event loop must be? Watches a loop of either world from inside:
//
//   nested run         run() while a handler of the same loop is running: the defect of
//                      litellm#19129 in its plainest form
//   foreign thread     a handler on a thread that is not the loop's
//   blocked loop       a handler that slept or waited in the kernel for longer than
//                      `blocked_max`, or computed for longer than `busy_max`
//
// A machine that stalls is not a handler that blocks: only a thread that gave its processor
// away by its own will (voluntary context switches) counts as blocked, for the time in which it
// neither ran nor stood in the queue for a processor; and computing is measured in processor
// time.
class loop_watch {
public:
    duration blocked_max = std::chrono::milliseconds(20);
    duration busy_max = std::chrono::milliseconds(500);

    // False: only nested runs are noticed, handlers are not measured. Read when run() begins.
    bool measure = true;

    // A real loop waits in the kernel between its handlers, so each handler is measured from
    // its own beginning. A simulated loop never waits: there the kernel is asked only when a
    // handler took long, and busy_max is not looked at.
    bool loop_waits = false;

    // Around run(). False: it was nested, noted, and must not go on.
    bool run_begins();
    void run_ends();

    // Around each handler.
    void handler_begins();
    void handler_ends();

    // What the handler that is running has waited for until now is no fault of it: a program
    // is not started without waiting for the kernel.
    void excuse();

    void note(std::string trouble);  // kept once, however often it happens

    std::vector<std::string> const& trouble() const { return trouble_; }

    // The watch of the loop that runs on this thread, or null.
    static loop_watch* current();

private:
    friend class measured_handler;
    // Inline, so that a handler which nobody measures pays one thread-local load.
    static inline constinit thread_local loop_watch* measuring_ = nullptr;

    // What the thread had used at a moment before the handler, or at its beginning.
    struct reading {
        std::int64_t wall = 0;
        std::int64_t cpu = 0;
        std::int64_t queued = 0;
        std::int64_t waits = 0;
    };

    void     start_measuring();
    void     take_reading();
    duration asleep() const;

    std::vector<std::string> trouble_;
    std::thread::id          owner_;
    int                      running_ = 0;
    int                      handlers_ = 0;  // handlers within handlers: dispatch is no fault
    int                      since_reading_ = 0;
    std::int64_t             wall_ = 0;  // nanoseconds, when the handler began
    std::int64_t             cpu_ = 0;
    std::int64_t             waits_ = 0;
    reading                  before_;
};

// Measures the handler whose frame it is in, if anybody watches the loop of this thread.
class measured_handler {
public:
    measured_handler() : watch_(loop_watch::measuring_) {
        if (watch_) watch_->handler_begins();
    }
    ~measured_handler() {
        if (watch_) watch_->handler_ends();
    }
    measured_handler(measured_handler const&) = delete;
    measured_handler& operator=(measured_handler const&) = delete;

private:
    loop_watch* watch_;
};

}  // namespace runtime
