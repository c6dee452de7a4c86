#pragma once

#include <cstddef>
#include <functional>

namespace runtime {

// Does work(0) ... work(count - 1) on `jobs` threads of the machine, each number once and taken in
// order; returns when all is done. A piece of work shares nothing with another: each has a world
// of its own. What one throws is thrown again here when all have ended.
void in_parallel(std::size_t count, unsigned jobs, std::function<void(std::size_t)> const& work);

// The processors that this process may use, at least 1.
unsigned processor_count();

}  // namespace runtime
