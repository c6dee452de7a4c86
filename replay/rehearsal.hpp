#pragma once

#include "replay/recording.hpp"
#include "runtime/world.hpp"

namespace replay {

// Says a recorded request again, at its time from `beginning` and on a connection of its own, hears
// the answer out, or leaves where the recording says that the client left. A request that nobody
// knows becomes `GET /`. What came is appended to `heard`.
runtime::awaitable<void> ask_again(runtime::world, runtime::address to, exchange const&,
                                   runtime::time_point beginning, std::string* heard = nullptr);

// What was recorded when a recording was played to its own client.
struct rehearsed {
    recording                again;
    std::vector<std::string> trouble;  // lines for people; none if everything was played
};

// Plays a recording to its own requests, or its own lines over stdio, with a recorder in between.
// In a world of virtual time what was recorded is what was played, to the byte and the microsecond.
runtime::awaitable<rehearsed> rehearse(runtime::world, recording const&);

}  // namespace replay
