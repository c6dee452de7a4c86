#pragma once

#include <cstdint>

namespace runtime {

// What this thread has used so far, from the machine. For watching loops and for
// measurements only; nobody decides anything in a protocol by it.
std::int64_t wall_nanoseconds();  // monotonic
std::int64_t unix_nanoseconds();  // since 1970, for what is compared with other machines
std::int64_t thread_cpu_nanoseconds();
std::int64_t thread_voluntary_waits();  // times it gave its processor away by its own will
// Ready to run, but without a processor: others had them. 0 where the kernel does not tell.
std::int64_t thread_queued_nanoseconds();

}  // namespace runtime
