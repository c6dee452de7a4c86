#pragma once

#include <boost/intrusive/list.hpp>

#include "runtime/clock.hpp"

namespace runtime {

// Wakes whoever waits when it rings. Nobody waits for a ring that has passed, so callers
// wait in a loop around the condition they want. The one way in which coroutines of this
// house tell each other that something has changed.
class bell {
public:
    bell() = default;
    ~bell();  // those who still wait get operation_aborted
    bell(bell const&) = delete;
    bell& operator=(bell const&) = delete;

    void            ring();
    awaitable<void> wait();
    // As wait(), but no longer than `limit`. True if it rang.
    awaitable<bool> wait_for(runtime::clock&, duration limit);
    std::size_t     waiting() const { return waiters_.size(); }

private:
    using hook = boost::intrusive::list_base_hook<>;

    struct waiter : hook {
        explicit waiter(io_handler d) : done(std::move(d)) {}
        io_handler done;
        void       finish(error_code);
    };

    void add(io_handler done, waiter** added);
    void take_out(waiter*, error_code);

    boost::intrusive::list<waiter> waiters_;
};

}  // namespace runtime
