#pragma once

#include <cstdint>

namespace bench {

// How often this thread has asked for memory so far: operator new, and the aligned_alloc that
// Asio takes for coroutine frames and handlers when it has none to use again. Linking
// allocations.cpp replaces both in the whole executable.
std::uint64_t allocations();

}  // namespace bench
