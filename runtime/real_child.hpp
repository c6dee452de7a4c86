#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "runtime/network.hpp"
#include "runtime/real_census.hpp"

namespace runtime {

// Starts a program in a process group of its own. It gets its argument list, exactly the
// given environment, and the descriptors 0, 1 and 2. The program is looked for along our
// PATH unless its name has a slash.
//
// Until the child object is gone its process id stays reserved (an ended process is not
// reaped before), so a signal never hits a stranger.
std::unique_ptr<child> start_child(command const&, asio::any_io_executor, counted);

}  // namespace runtime
