#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "runtime/bell.hpp"
#include "runtime/network.hpp"
#include "runtime/simulation_loop.hpp"

namespace runtime {

// Hosts by name, connections as pipes in memory. A connection has no latency of its own:
// latency, bandwidth and faults are laid upon it by runtime/link.hpp, in both worlds alike.
class simulation_network final : public network {
public:
    simulation_network(simulation_loop& loop, std::size_t pipe_capacity)
        : loop_(loop), pipe_capacity_(pipe_capacity) {}

    awaitable<std::unique_ptr<stream>>                          connect(address to) override;
    std::unique_ptr<listener>                                   listen(address at) override;
    std::unique_ptr<child>                                      spawn(command const&) override;
    std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> pair() override;

    std::vector<std::string> left_over() const;

private:
    class port;
    class end_of_pipe;
    struct pipe;

    std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> connected(std::string const& where);

    simulation_loop&                                       loop_;
    std::size_t                                            pipe_capacity_;
    std::map<std::pair<std::string, std::uint16_t>, port*> ports_;
    std::set<std::pair<std::uint64_t, end_of_pipe*>>       open_;
    std::uint64_t                                          connection_count_ = 0;
    std::uint16_t                                          next_port_ = 49152;
};

}  // namespace runtime
