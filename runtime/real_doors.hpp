#pragma once

#include <cstdint>
#include <memory>

#include "runtime/network.hpp"

namespace runtime {

// Ports of this machine at which a program of its own finds no good connection: what the
// simulation's faults of connecting are where they cannot be laid on our own end.
class real_door {
public:
    virtual ~real_door() = default;
};

// Taken, and nobody listens: whoever connects is refused.
std::unique_ptr<real_door> shut_door(std::uint16_t port);

// Listens with a full queue: the kernel answers nobody, and whoever connects waits.
std::unique_ptr<real_door> deaf_door(std::uint16_t port);

// Ports that other runs leave alone: a block of its own for as long as the door is there, whether
// anybody listens in it or not. Below those that the kernel gives to outgoing connections
// (ip_local_port_range). Throws system_error if all blocks are taken.
struct port_block {
    std::unique_ptr<real_door> claim;
    std::uint16_t              first = 0;
};
port_block claim_ports();

// The first port of loopback from `first` on that nobody has. Below the ports that the kernel
// gives to outgoing connections (ip_local_port_range), none of them can take it meanwhile.
std::uint16_t free_port(std::uint16_t first);

}  // namespace runtime
