#pragma once

#include <memory>
#include <vector>

#include "runtime/faults.hpp"
#include "runtime/world.hpp"

namespace runtime {

// The faults of one connection, each direction in the order in which they apply.
struct link_faults {
    std::vector<std::unique_ptr<fault>> outgoing;  // what this end writes
    std::vector<std::unique_ptr<fault>> incoming;  // what this end reads
    bool empty() const { return outgoing.empty() && incoming.empty(); }
};

// A connection with latency, bandwidth and faults laid upon it. It stands at our end of the
// wire, on top of whatever stream the world gives, so that a scenario means the same on real
// sockets as in the simulation.
//
// `capacity` bytes may be on their way in each direction; then writes wait and nothing more is
// read: the backpressure of the inner stream is kept.
std::unique_ptr<stream> linked(std::unique_ptr<stream> inner, world const&, link_faults,
                               std::size_t             capacity = 64 * 1024);

}  // namespace runtime
