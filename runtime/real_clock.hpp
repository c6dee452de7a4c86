#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "runtime/clock.hpp"

namespace runtime {

// The machine's monotonic clock. However many alarms are set, one timer of the loop waits
// for the first of them.
//
// It is made before the loop and destroyed after it, because alarms live in the frames that
// the loop destroys last.
class real_clock final : public clock {
public:
    explicit real_clock(std::int64_t began);  // on the machine's monotonic clock
    ~real_clock() override;

    time_point   now() const override;
    std::int64_t unix_seconds() const override;

    void attach(asio::io_context&);

    // Before the loop is destroyed: whoever still sleeps is handed back to the loop, which
    // drops it.
    void detach();

private:
    struct driver;

    void earliest_changed() override;
    void arm(time_point due);
    void woke(error_code);

    std::int64_t const      began_;  // on the machine's monotonic clock
    std::unique_ptr<driver> driver_;
};

}  // namespace runtime
