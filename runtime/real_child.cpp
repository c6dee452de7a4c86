#include "runtime/real_child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 has forgotten to say so itself
#include <sys/pidfd.h>
}

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <optional>

#include "runtime/bell.hpp"
#include "runtime/real_pipe.hpp"
#include "runtime/real_spawn.hpp"
#include "runtime/real_stream.hpp"

namespace runtime {

namespace {

using asio::posix::stream_descriptor;

[[noreturn]] void fail(int number, std::string const& what) {
    throw boost::system::system_error(number, boost::system::system_category(), what);
}

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

// Above 2, so that laying it onto 0, 1 or 2 of the child hides none of the others, even
// where our own standard streams are closed.
descriptor above_standard(int fd) {
    if (fd > 2) return descriptor(fd);
    int const moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
    int const why = errno;
    ::close(fd);
    if (moved < 0) fail(why, "pipe");
    return descriptor(moved);
}

struct pipe_ends {
    descriptor read;
    descriptor write;

    static pipe_ends make() {
        int fds[2];
        if (::pipe2(fds, O_CLOEXEC) != 0) fail(errno, "pipe");
        descriptor read = above_standard(fds[0]);
        return {std::move(read), above_standard(fds[1])};
    }
};

// One process, from its start until it is reaped.
class process {
public:
    process(asio::any_io_executor const& e, pid_t id, descriptor errors, std::size_t words_max)
        : id_(id), words_max_(words_max), exit_(e), errors_(e, errors.release()) {
        errors_.non_blocking(true);
    }
    ~process() {
        condemn();
        reap_if_ended(0);
    }
    process(process const&) = delete;
    process& operator=(process const&) = delete;

    static void watch(std::shared_ptr<process> const& p) {
        int const fd = ::pidfd_open(p->id_, 0);
        if (fd < 0) fail(errno, "pidfd_open");
        p->exit_.assign(fd);
        p->exit_.async_wait(stream_descriptor::wait_read, exit_watch(p));
        drain(p);
    }

    static awaitable<int> exited(std::shared_ptr<process> p) {
        while (!p->status_ && !p->abandoned_) co_await p->changed_.wait();
        if (!p->status_) throw boost::system::system_error(asio::error::operation_aborted);
        co_return *p->status_;
    }

    void signal(int which) {
        if (!reaped_) ::kill(-id_, which);
    }

    // Nobody owns it any more. What does not end at once is reaped when the loop hears of it.
    void condemn() {
        signal(SIGKILL);
        abandoned_ = true;
        error_code ignored;
        errors_.close(ignored);
        changed_.ring();
        reap_if_ended(WNOHANG);
    }

    std::string last_words() const {
        auto const from = words_.size() > words_max_ ? words_.size() - words_max_ : 0;
        return words_.substr(from);
    }

private:
    // Cut loose uncalled when the loop is destroyed: then nobody may wait any longer, as a
    // waiting frame may hold the very process.
    class exit_watch {
    public:
        explicit exit_watch(std::shared_ptr<process> p) : watched_(std::move(p)) {}
        exit_watch(exit_watch&&) = default;
        ~exit_watch() {
            if (watched_) watched_->condemn();
        }
        void operator()(error_code ec) {
            measured_handler const here;
            auto const             p = std::move(watched_);
            if (!ec) p->ended();
        }

    private:
        std::shared_ptr<process> watched_;
    };

    void ended() {
        if (abandoned_) return reap_if_ended(WNOHANG);
        siginfo_t how{};
        if (::waitid(P_PID, static_cast<id_t>(id_), &how, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        read_errors();  // what it said last may still be in the pipe
        status_ = how.si_code == CLD_EXITED ? how.si_status : 128 + how.si_status;
        changed_.ring();
    }

    void reap_if_ended(int flags) {
        if (reaped_) return;
        pid_t got = 0;
        do got = ::waitpid(id_, nullptr, flags);
        while (got < 0 && errno == EINTR);
        reaped_ = got == id_;
    }

    static void drain(std::shared_ptr<process> const& p) {
        auto readable = [p](error_code ec) {
            measured_handler const here;
            if (ec || !p->read_errors()) return;
            drain(p);
        };
        p->errors_.async_wait(stream_descriptor::wait_read, std::move(readable));
    }

    // Takes what is in the pipe now. Read here and not by Asio, so that nothing is on its way
    // when the end of the process is noticed first. False at the end of the text.
    bool read_errors() {
        std::array<char, 16 * 1024> heard;
        error_code                  ec;
        constexpr std::size_t       at_once = 128 << 10;  // others want the loop too
        for (std::size_t sum = 0; !ec && sum < at_once;) {
            auto const n = errors_.read_some(asio::buffer(heard), ec);
            words_.append(heard.data(), n);
            sum += n;
        }
        if (words_.size() > 4 * words_max_) words_.erase(0, words_.size() - words_max_);
        return !ec || ec == asio::error::would_block;
    }

    pid_t const        id_;
    std::size_t const  words_max_;
    bool               reaped_ = false;
    bool               abandoned_ = false;
    std::optional<int> status_;
    bell               changed_;
    stream_descriptor  exit_;
    stream_descriptor  errors_;
    std::string        words_;
};

class real_child final : public child {
public:
    real_child(std::shared_ptr<process> p, pipe_channel pipes, counted entry)
        : process_(std::move(p)), io_(std::move(pipes)), entry_(std::move(entry)) {}
    ~real_child() override { process_->condemn(); }

    stream&        io() override { return io_; }
    awaitable<int> exited() override { return process::exited(process_); }
    void           terminate() override { process_->signal(SIGTERM); }
    void           kill() override { process_->signal(SIGKILL); }
    std::string    last_words() const override { return process_->last_words(); }

private:
    std::shared_ptr<process>     process_;
    channel_stream<pipe_channel> io_;
    counted                      entry_;
};

}  // namespace

std::unique_ptr<child> start_child(command const& c, asio::any_io_executor executor,
                                   counted entry) {
    auto in = pipe_ends::make();
    auto out = pipe_ends::make();
    auto err = pipe_ends::make();

    auto const id = spawn_process(c, in.read.get(), out.write.get(), err.write.get());
    auto const p = std::make_shared<process>(executor, id, std::move(err.read), c.words_max);
    process::watch(p);
    pipe_channel pipes{stream_descriptor(executor, out.read.release()),
                       stream_descriptor(executor, in.write.release())};
    return std::make_unique<real_child>(p, std::move(pipes), std::move(entry));
}

}  // namespace runtime
