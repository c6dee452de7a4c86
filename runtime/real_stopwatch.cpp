#include "runtime/real_stopwatch.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>

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

std::int64_t thread_queued_nanoseconds() {
    int const file = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char       text[96] = {};
    auto const size = ::read(file, text, sizeof text - 1);
    ::close(file);
    long long ran = 0, queued = 0;
    return size > 0 && std::sscanf(text, "%lld %lld", &ran, &queued) == 2 ? queued : 0;
}

}  // namespace runtime
