#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "runtime/network.hpp"
#include "runtime/real_census.hpp"
#include "runtime/real_crew.hpp"

namespace runtime {

// Connections between the loops of one process: pairs of sockets without a name, one end on each.

// Throws connection_refused if nobody listens at that door.
std::unique_ptr<stream>   connect_within(address const& to, real_crew&, asio::io_context&, census&);
std::unique_ptr<listener> listen_within(address const& at, std::shared_ptr<real_crew>,
                                        asio::io_context&, census&);

}  // namespace runtime
