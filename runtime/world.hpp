#pragma once

#include "runtime/clock.hpp"
#include "runtime/entropy.hpp"
#include "runtime/network.hpp"

namespace runtime {

// The narrow waist: all that the gateway, the mocks and the clients know of the outside.
// A real world (runtime/real.hpp) and a simulated one (runtime/simulation.hpp) fill it in;
// nobody above can tell them apart.
struct world {
    asio::any_io_executor executor;
    runtime::clock&       clock;
    runtime::network&     network;
    runtime::entropy&     entropy;
};

}  // namespace runtime
