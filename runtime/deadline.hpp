#pragma once

#include "runtime/clock.hpp"
#include "runtime/stream.hpp"

namespace runtime {

// A read or a write with a limit, as cheap as it must be for every chunk of an answer:
// setting the limit is one insertion into the clock's set, nothing is allocated.
//
// When the limit is over the operation is cancelled and `late` is thrown. One that has
// completed in the same instant keeps its bytes: a completed read is never thrown away.
awaitable<std::size_t> read_within(stream&, asio::mutable_buffer into, runtime::clock&,
                                   duration limit, error_code late);
awaitable<void> write_within(stream&, std::span<asio::const_buffer const> bytes, runtime::clock&,
                             duration limit, error_code late);

}  // namespace runtime
