#pragma once

#include <memory>

#include "runtime/world.hpp"

namespace bench {

// What no gateway can be cheaper than on the same sockets, streams and loop: it reads both heads
// (by Beast), and passes on what comes behind them as it comes. No limit is kept, nobody is
// watched.
//
// Carries one request of each connection to that address, until it is cancelled.
runtime::awaitable<void> relay(runtime::world, std::unique_ptr<runtime::listener> at,
                               runtime::address to);

}  // namespace bench
