#pragma once

#include "runtime/network.hpp"

namespace runtime {

// Starts a program in a process group of its own, with these descriptors as its 0, 1 and 2, and
// gives its id. No other descriptor is open in it and no signal ignored. It is looked for along
// our PATH unless its name has a slash. Throws system_error.
int spawn_process(command const&, int in, int out, int err);

}  // namespace runtime
