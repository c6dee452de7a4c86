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

// What the kernel's scheduler says of the thread that made this.
struct schedule_file {
    int const descriptor = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);

    schedule_file() = default;
    schedule_file(schedule_file const&) = delete;
    ~schedule_file() {
        if (descriptor >= 0) ::close(descriptor);
    }
};

}  // namespace

std::int64_t unix_nanoseconds() { return nanoseconds(CLOCK_REALTIME); }

std::int64_t wall_nanoseconds() { return nanoseconds(CLOCK_MONOTONIC); }

std::int64_t thread_cpu_nanoseconds() { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

std::int64_t thread_voluntary_waits() {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
}

std::int64_t thread_queued_nanoseconds() {
    // Opened once a thread: to find it costs twenty times what it costs to read it.
    static thread_local schedule_file const own;
    char                                    text[96] = {};
    auto const size = ::pread(own.descriptor, text, sizeof text - 1, 0);
    long long  ran = 0, queued = 0;
    return size > 0 && std::sscanf(text, "%lld %lld", &ran, &queued) == 2 ? queued : 0;
}

}  // namespace runtime
