#pragma once

#include <functional>

#include "replay/recording.hpp"
#include "runtime/clock.hpp"
#include "runtime/stream.hpp"

namespace replay {

// How fast a recording is played: its times are divided by `speed`; 0 means at once.
struct pace {
    double            speed = 1;
    runtime::duration scaled(runtime::duration) const;
};

// Told of the bytes that are written next.
using before_write = std::function<void(std::string_view bytes)>;

// Says a recorded answer on a connection: its bytes in its transfer chunks at its times, and its
// end. Times are deadlines from `began`, when the request was whole: a write that comes late makes
// none of those that follow later. An answer that never ended is silent until the peer leaves.
// True if another request may follow on this connection.
runtime::awaitable<bool> play(answer const&, runtime::stream&, runtime::clock&,
                              runtime::time_point began, pace = {}, before_write = {});

}  // namespace replay
