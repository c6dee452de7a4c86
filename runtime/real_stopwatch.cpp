#include "runtime/real_stopwatch.hpp"

#include <sys/resource.h>
#include <time.h>

namespace runtime {

namespace {

std::int64_t nanoseconds(clockid_t which) {
    timespec t{};
    clock_gettime(which, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

std::int64_t wall_nanoseconds() { return nanoseconds(CLOCK_MONOTONIC); }

std::int64_t thread_cpu_nanoseconds() { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

std::int64_t thread_voluntary_waits() {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
}

}  // namespace runtime
