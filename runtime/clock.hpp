#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/set.hpp>

#include "runtime/io_handler.hpp"
#include "runtime/time.hpp"

namespace runtime {

namespace asio = boost::asio;
using asio::awaitable;

class clock;

// One wake-up that somebody waits for. It lives where its owner lives; setting and stopping
// it allocates nothing. `ring` runs on the world's loop, as a handler of its own.
class alarm : public boost::intrusive::set_base_hook<> {
public:
    explicit alarm(runtime::clock& c) : clock_(c) {}
    virtual ~alarm() { stop(); }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;

    void set(time_point due);  // replaces what was set before
    void stop();
    bool is_set() const { return set_base_hook::is_linked(); }

    friend bool operator<(alarm const& a, alarm const& b) {
        return a.due_ != b.due_ ? a.due_ < b.due_ : a.turn_ < b.turn_;
    }

protected:
    virtual void ring() = 0;

private:
    friend class clock;
    runtime::clock& clock_;
    time_point      due_{};
    std::uint64_t   turn_ = 0;  // among equal deadlines, the first set rings first
};

// The only source of time in this house.
//
// The real clock follows the machine. The simulated one stands still while anybody has work
// to do and then jumps to the next deadline, so an hour costs no time and two runs of a
// scenario are the same to the nanosecond. Both keep the same ordered set of alarms; only
// the driver differs.
class clock {
public:
    virtual ~clock() = default;

    virtual time_point now() const = 0;

    // Seconds since 1970, for timestamps that a protocol wants. In the simulation a fixed
    // date plus now().
    virtual std::int64_t unix_seconds() const = 0;

    awaitable<void> sleep_until(time_point);
    awaitable<void> sleep_for(duration d) { return sleep_until(now() + d); }

    // Calls `done` at that time, or with operation_aborted when its slot is told to cancel.
    void call_at(time_point, io_handler done);

    std::size_t alarm_count() const { return alarms_.size(); }

protected:
    virtual void earliest_changed() = 0;

    // For drivers: the first deadline, and ringing all that is due.
    std::optional<time_point> earliest() const;
    void                      ring_due(time_point now);

private:
    friend class alarm;
    boost::intrusive::set<alarm> alarms_;
    std::uint64_t                turn_ = 0;
};

}  // namespace runtime
