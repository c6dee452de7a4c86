#include "runtime/real_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 has forgotten to say so itself
#include <sys/pidfd.h>
}

#include <array>
#include <atomic>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <vector>

#include "runtime/real_spawn.hpp"

namespace runtime {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(std::string const& what) {
    throw boost::system::system_error(errno, boost::system::system_category(), what);
}

class opened {
public:
    opened(char const* path, int flags) : fd_(::open(path, flags | O_CLOEXEC, 0600)) {
        if (fd_ < 0) fail(path);
    }
    ~opened() { ::close(fd_); }
    opened(opened const&) = delete;
    opened& operator=(opened const&) = delete;
    int     get() const { return fd_; }

private:
    int fd_;
};

// /proc/ID/stat, behind the name: "S PPID PGRP ...". The name may hold anything.
std::vector<long> numbers_of(fs::path const& process) {
    std::ifstream file(process / "stat");
    std::string   text;
    // It may end while we read; an iterator over the buffer would throw then.
    std::getline(file, text, '\0');
    auto const name_end = text.rfind(')');
    if (name_end == text.npos || text.compare(name_end, 3, ") Z") == 0) return {};  // a dead one
    std::istringstream rest(text.substr(name_end + 4));                             // behind ") S "
    return {std::istream_iterator<long>(rest), {}};
}

std::size_t count_of(fs::path const& folder) {
    std::error_code ec;
    std::size_t     count = 0;
    for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) ++count;
    return count;
}

// The groups of programs that run now, for a handler of signals: it may use nothing but this.
constexpr std::size_t                      programs_max = 64;
std::array<std::atomic<int>, programs_max> running{};

// Whoever is asked to end takes its programs along: they are in groups of their own, and nobody
// else would ever end them.
extern "C" void end_with_programs(int number) {
    for (auto const& id : running)
        if (int const group = id.load(); group != 0) ::kill(-group, SIGKILL);
    ::signal(number, SIG_DFL);
    ::raise(number);
}

// Not where somebody has a handler of their own, or ignores the signal.
void watch_for_the_end() {
    for (int const number : {SIGHUP, SIGINT, SIGTERM}) {
        struct sigaction now{};
        ::sigaction(number, nullptr, &now);
        if (now.sa_handler == SIG_DFL) ::signal(number, end_with_programs);
    }
}

void note_running(int id) {
    for (auto& place : running) {
        int free = 0;
        if (place.compare_exchange_strong(free, id)) return;
    }
}

void forget_running(int id) {
    for (auto& place : running) {
        int own = id;
        if (place.compare_exchange_strong(own, 0)) return;
    }
}

// Of a process, all that it has started, and all that those have, in whatever group.
template <class Visit>
void for_each_of_family(int id, Visit const& visit) {
    constexpr std::size_t            parent_at = 0, group_at = 1;
    std::map<int, std::vector<long>> all;
    std::error_code                  ec;
    for (fs::directory_iterator at("/proc", ec), end; !ec && at != end; at.increment(ec)) {
        auto const name = at->path().filename().string();
        int        number = 0;
        std::from_chars(name.data(), name.data() + name.size(), number);
        if (number == 0) continue;
        if (auto numbers = numbers_of(at->path()); numbers.size() > group_at)
            all.emplace(number, std::move(numbers));
    }
    auto const belongs = [&](int number) {
        for (std::size_t steps = 0; steps <= all.size(); ++steps) {
            auto const at = all.find(number);
            if (at == all.end()) return false;
            if (number == id || at->second[group_at] == id) return true;
            number = static_cast<int>(at->second[parent_at]);
        }
        return false;
    };
    for (auto const& [number, numbers] : all)
        if (belongs(number)) visit(fs::path("/proc") / std::to_string(number), numbers);
}

}  // namespace

background_program::background_program(command const& c, std::string const& log) {
    opened const nothing("/dev/null", O_RDONLY);
    opened const out(log.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    watch_for_the_end();
    id_ = spawn_process(c, nothing.get(), out.get(), out.get());
    note_running(id_);
    watch_ = ::pidfd_open(id_, 0);
    if (watch_ < 0) {
        auto const why = errno;
        ::kill(-id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
        forget_running(id_);
        errno = why;
        fail("pidfd_open");
    }
    guardian_.emplace(id_);
}

background_program::~background_program() {
    guardian_.reset();  // and with it whatever is left: only then may the id be another's
    while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
    }
    forget_running(id_);
    ::close(watch_);
}

std::optional<int> background_program::status() const {
    siginfo_t how{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &how, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        how.si_pid == 0)
        return std::nullopt;
    return how.si_code == CLD_EXITED ? how.si_status : 128 + how.si_status;
}

void background_program::signal(int number) {
    if (!status()) ::kill(-id_, number);
}

bool background_program::stop(int signal_number, std::chrono::milliseconds patience) {
    using clock = std::chrono::steady_clock;
    signal(signal_number);
    auto const until = clock::now() + patience;
    for (;;) {
        if (status()) return true;
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
        if (left.count() <= 0) break;
        pollfd ended{watch_, POLLIN, 0};
        ::poll(&ended, 1, static_cast<int>(left.count()));
    }
    ::kill(-id_, SIGKILL);
    return false;
}

process_figures figures_of(int id) {
    constexpr std::size_t threads_at = 16, resident_at = 20;
    static auto const     page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    process_figures       sum;
    for_each_of_family(id, [&](fs::path const& process, std::vector<long> const& numbers) {
        if (numbers.size() <= resident_at) return;
        ++sum.processes;
        sum.threads += static_cast<int>(numbers[threads_at]);
        sum.descriptors += static_cast<int>(count_of(process / "fd"));
        sum.resident += static_cast<std::size_t>(numbers[resident_at]) * page;
    });
    return sum;
}

std::int64_t queued_nanoseconds_of(int id) {
    std::int64_t sum = 0;
    for_each_of_family(id, [&](fs::path const& process, std::vector<long> const&) {
        std::error_code ec;
        for (fs::directory_iterator at(process / "task", ec), end; !ec && at != end;
             at.increment(ec)) {
            std::ifstream file(at->path() / "schedstat");
            std::int64_t  ran = 0, queued = 0;
            if (file >> ran >> queued) sum += queued;
        }
    });
    return sum;
}

process_figures settled_figures(int id, process_figures const& before) {
    constexpr int tries = 20, pause_ms = 10;
    auto          now = figures_of(id);
    for (int i = 0; i < tries; ++i) {
        if (now.descriptors <= before.descriptors && now.threads <= before.threads &&
            now.processes <= before.processes)
            break;
        ::poll(nullptr, 0, pause_ms);
        now = figures_of(id);
    }
    return now;
}

own_folder::own_folder() : path_((fs::temp_directory_path() / "lockstep-XXXXXX")) {
    if (::mkdtemp(path_.data()) == nullptr) fail(path_);
}

own_folder::~own_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string program_path() {
    std::error_code ec;
    return fs::read_symlink("/proc/self/exe", ec).string();
}

}  // namespace runtime
