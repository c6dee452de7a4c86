#pragma once

#include <algorithm>
#include <string>

#include "runtime/clock.hpp"

namespace proxy {

// How often a program may be started that keeps dying: some times at once, then after pauses that
// double. One that has lived for a while begins anew.
class restart_pace {
public:
    static constexpr int  at_once = 3;
    static constexpr auto first_pause = std::chrono::seconds(1);
    static constexpr auto longest_pause = std::chrono::seconds(60);
    static constexpr auto long_life = std::chrono::seconds(60);

    void started(runtime::time_point now) { started_ = now; }

    void died(runtime::time_point now) {
        if (now - started_ >= long_life) deaths_ = 0;
        ++deaths_;
        if (deaths_ < at_once) return;
        pause_ = first_pause * (1 << std::min(deaths_ - at_once, 6));
        pause_ = std::min<runtime::duration>(pause_, longest_pause);
        next_ = now + pause_;
    }

    // Until then it is not started.
    runtime::time_point next() const { return next_; }

    // Why not, for whoever wanted it.
    std::string told(std::string const& server) const {
        return "MCP server '" + server + "' has ended " + std::to_string(deaths_) +
               " times; it is not started again within " + runtime::to_text(pause_) + " of that";
    }

private:
    int                 deaths_ = 0;
    runtime::duration   pause_{};
    runtime::time_point started_{};
    runtime::time_point next_{};
};

}  // namespace proxy
