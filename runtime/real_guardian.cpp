#include "runtime/real_guardian.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace runtime {

namespace {

// After a fork of a process that may have threads: nothing but calls of the system.
[[noreturn]] void keep_watch(int string, int group) {
    ::setsid();
    for (int const number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGALRM}) ::signal(number, SIG_IGN);
    auto const at = static_cast<unsigned>(string);
    if (at > 0) ::close_range(0, at - 1, 0);
    ::close_range(at + 1, ~0U, 0);
    char    nothing = 0;
    ssize_t got = 0;
    do got = ::read(string, &nothing, 1);
    while (got < 0 && errno == EINTR);
    ::kill(-group, SIGKILL);
    ::_exit(0);
}

}  // namespace

guardian::guardian(int group) : group_(group) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    id_ = ::fork();
    if (id_ == 0) keep_watch(ends[0], group);
    ::close(ends[0]);
    string_ = ends[1];
}

guardian::~guardian() {
    ::kill(-group_, SIGKILL);
    if (string_ >= 0) ::close(string_);
    while (id_ > 0 && ::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace runtime
