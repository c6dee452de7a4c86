#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "proxy/error.hpp"
#include "proxy/limits.hpp"
#include "runtime/clock.hpp"

namespace proxy {

// How long a call to an MCP server may take. Every sign of life begins its limit anew, up to
// tool_call_total; and the request that it belongs to ends, whatever there is of them.
class progress_limit {
public:
    progress_limit(runtime::clock& clock, runtime::duration limit, limits const& l,
                   runtime::duration whole)
        : clock_(&clock),
          limits_(&l),
          limit_(limit),
          whole_(whole),
          due_(clock.now() + limit),
          last_(clock.now() + std::max(limit, l.tool_call_total)),
          end_(clock.now() + whole) {}

    void moved() { due_ = std::min(clock_->now() + limit_, last_); }

    // While the server waits for somebody else, it is not its own time that passes.
    void hold() {
        if (!held_since_) held_since_ = clock_->now();
    }
    void release() {
        if (!held_since_) return;
        last_ += clock_->now() - *held_since_;
        held_since_.reset();
        moved();
    }

    runtime::time_point due() const { return held_since_ ? end_ : std::min(due_, end_); }

    // Until it is over; throws tool_timeout.
    runtime::awaitable<void> guard() {
        while (clock_->now() < due()) co_await clock_->sleep_until(due());
        throw boost::system::system_error(make_error_code(error::tool_timeout));
    }

    // Which of the three is over, for whoever waited.
    std::string passed() const {
        auto const now = clock_->now();
        if (now < end_ && now >= last_) return passed_text("tool_call_total", *limits_);
        return "no answer within " + runtime::to_text(now >= end_ ? whole_ : limit_);
    }

private:
    runtime::clock*     clock_;
    limits const*       limits_;
    runtime::duration   limit_;
    runtime::duration   whole_;
    runtime::time_point due_;
    runtime::time_point last_;
    runtime::time_point end_;

    std::optional<runtime::time_point> held_since_;
};

}  // namespace proxy
