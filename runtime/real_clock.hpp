#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>

#include "runtime/clock.hpp"

namespace runtime {

// The machine's monotonic clock. However many alarms are set, one timer of the loop waits
// for the first of them.
//
// It is made before the loop and destroyed after it, because alarms live in the frames that
// the loop destroys last.
class real_clock final : public clock {
public:
    time_point   now() const override;
    std::int64_t unix_seconds() const override;

    void attach(asio::io_context&);

    // Before the loop is destroyed: whoever still sleeps is handed back to the loop, which
    // drops it.
    void detach();

private:
    using machine = std::chrono::steady_clock;

    void earliest_changed() override;
    void arm(time_point due);
    void woke(error_code);

    machine::time_point const         began_ = machine::now();
    asio::io_context*                 loop_ = nullptr;
    std::optional<asio::steady_timer> timer_;
    std::optional<time_point>         armed_;  // never later than the first alarm
};

}  // namespace runtime
