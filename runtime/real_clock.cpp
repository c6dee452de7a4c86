#include "runtime/real_clock.hpp"

#include <boost/asio/error.hpp>

#include "runtime/loop_watch.hpp"

namespace runtime {

time_point real_clock::now() const {
    return time_point(std::chrono::duration_cast<duration>(machine::now() - began_));
}

std::int64_t real_clock::unix_seconds() const {
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

void real_clock::attach(asio::io_context& loop) {
    loop_ = &loop;
    timer_.emplace(loop);
}

void real_clock::detach() {
    ring_due(time_point::max());
    timer_.reset();
    loop_ = nullptr;
}

// A limit that is set and stopped again for every chunk of an answer must not cost a system
// call each: a timer that is armed too early is left alone, and armed anew when it wakes.
void real_clock::earliest_changed() {
    auto const first = earliest();
    if (!loop_ || !first || (armed_ && *armed_ <= *first)) return;
    arm(*first);
}

void real_clock::arm(time_point due) {
    armed_ = due;
    timer_->expires_at(began_ +
                       std::chrono::duration_cast<machine::duration>(due.time_since_epoch()));
    timer_->async_wait([this](error_code ec) { woke(ec); });
    // A timer that waits for alarms long stopped is no reason to go on running. So it does
    // not count as work for the loop; real_world::run() asks the clock instead.
    loop_->get_executor().on_work_finished();
}

void real_clock::woke(error_code ec) {
    loop_->get_executor().on_work_started();
    if (ec == asio::error::operation_aborted) return;  // armed anew for something earlier
    measured_handler const here;
    armed_.reset();
    ring_due(now());
    // What a ring has set may have armed it already.
    earliest_changed();
}

}  // namespace runtime
