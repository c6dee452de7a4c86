#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <string>

#include "proxy/limits.hpp"
#include "runtime/clock.hpp"

namespace proxy {

// How often a program may be started that keeps dying: behind each death a pause that doubles, and
// after so many restarts in a while not at all, until the first of them is forgotten.
class restart_pace {
public:
    void died(runtime::time_point now, limits const& l) {
        deaths_.push_back(now);
        while (now - deaths_.front() >= l.restart_window) deaths_.pop_front();
        if (deaths_.size() > l.restarts_max + 1) deaths_.pop_front();
        runtime::duration pause = l.restart_pause_first;
        for (std::size_t i = 1; i < deaths_.size() && pause < l.restart_pause_max; ++i) pause *= 2;
        next_ = now + std::min(pause, l.restart_pause_max);
    }

    // It is not started before; nothing if it may be started at once.
    runtime::time_point next() const { return next_; }

    // Why it is not started now at all, for whoever wanted it.
    std::optional<std::string> down(runtime::time_point now, std::string const& server,
                                    limits const& l) const {
        if (deaths_.size() <= l.restarts_max || now - deaths_.front() >= l.restart_window)
            return {};
        return "MCP server '" + server + "' is down: it has ended " +
               std::to_string(deaths_.size()) + " times within " +
               runtime::to_text(l.restart_window) + ", and restarts_max is " +
               std::to_string(l.restarts_max);
    }

private:
    std::deque<runtime::time_point> deaths_;  // within the window; at most one more than restarts
    runtime::time_point             next_{};
};

}  // namespace proxy
