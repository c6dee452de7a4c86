#include "runtime/real_clock.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "runtime/loop_watch.hpp"
#include "runtime/real_stopwatch.hpp"

namespace runtime {

struct real_clock::driver {
    explicit driver(asio::io_context& l) : loop(l), timer(l) {}

    asio::io_context&         loop;
    asio::steady_timer        timer;
    std::optional<time_point> armed;  // never later than the first alarm
};

real_clock::real_clock(std::int64_t began) : began_(began) {}

real_clock::~real_clock() = default;

time_point real_clock::now() const { return time_point(duration(wall_nanoseconds() - began_)); }

std::int64_t real_clock::unix_seconds() const {
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

void real_clock::attach(asio::io_context& loop) { driver_ = std::make_unique<driver>(loop); }

void real_clock::detach() {
    ring_due(time_point::max());
    driver_.reset();
}

// A limit that is set and stopped again for every chunk of an answer must not cost a system
// call each: a timer that is armed too early is left alone, and armed anew when it wakes.
void real_clock::earliest_changed() {
    auto const first = earliest();
    if (!driver_ || !first || (driver_->armed && *driver_->armed <= *first)) return;
    arm(*first);
}

void real_clock::arm(time_point due) {
    auto& d = *driver_;
    d.armed = due;
    d.timer.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(began_) +
                                                             due.time_since_epoch()));
    d.timer.async_wait([this](error_code ec) { woke(ec); });
    // A timer that waits for alarms long stopped is no reason to go on running. So it does
    // not count as work for the loop; real_world::run() asks the clock instead.
    d.loop.get_executor().on_work_finished();
}

void real_clock::woke(error_code ec) {
    driver_->loop.get_executor().on_work_started();
    if (ec == asio::error::operation_aborted) return;  // armed anew for something earlier
    measured_handler const here;
    driver_->armed.reset();
    ring_due(now());
    // What a ring has set may have armed it already.
    earliest_changed();
}

}  // namespace runtime
