#include "runtime/real_inner.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <deque>

#include "runtime/bell.hpp"
#include "runtime/real_socket.hpp"

namespace runtime {

namespace {

using asio::local::stream_protocol;
using boost::system::system_error;

// Closed unless somebody takes it.
class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(other.take()) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int take() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

class door final : public inner_door {
public:
    explicit door(asio::io_context& loop) : loop_(loop) {}

    static std::shared_ptr<door> make(asio::io_context& loop) {
        auto const made = std::make_shared<door>(loop);
        made->self_ = made;
        return made;
    }

    void arrive(int fd) override {
        auto come = [weak = self_, d = descriptor(fd)]() mutable {
            auto const here = weak.lock();
            if (!here || here->shut_) return;
            here->waiting_.push_back(std::move(d));
            here->changed_.ring();
        };
        asio::post(loop_, std::move(come));
    }

    void shut() {
        shut_ = true;
        waiting_.clear();
        changed_.ring();
    }

    static awaitable<std::unique_ptr<stream>> accept(std::shared_ptr<door> here, census& open) {
        while (here->waiting_.empty()) {
            if (here->shut_) throw system_error(asio::error::operation_aborted);
            co_await here->changed_.wait();
        }
        int const fd = here->waiting_.front().take();
        here->waiting_.pop_front();
        stream_protocol::socket socket(here->loop_, stream_protocol(), fd);
        co_return stream_over(std::move(socket), open);
    }

private:
    asio::io_context&      loop_;
    std::weak_ptr<door>    self_;  // for what comes from other threads
    std::deque<descriptor> waiting_;
    bell                   changed_;
    bool                   shut_ = false;
};

class inner_listener final : public listener {
public:
    inner_listener(address at, std::shared_ptr<real_crew> crew, asio::io_context& loop,
                   census& open)
        : at_(std::move(at)),
          crew_(std::move(crew)),
          door_(door::make(loop)),
          open_(open),
          entry_(open.listeners) {
        crew_->open(at_.host, door_);
    }
    ~inner_listener() override { close(); }

    awaitable<std::unique_ptr<stream>> accept() override { return door::accept(door_, open_); }
    address                            local() const override { return at_; }
    void                               close() override {
        if (std::exchange(closed_, true)) return;
        crew_->shut(at_.host);
        door_->shut();
        entry_.release();
    }

private:
    address                    at_;
    std::shared_ptr<real_crew> crew_;
    std::shared_ptr<door>      door_;
    census&                    open_;
    counted                    entry_;
    bool                       closed_ = false;
};

}  // namespace

std::unique_ptr<stream> connect_within(address const& to, real_crew& crew, asio::io_context& loop,
                                       census& open) {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        throw system_error(errno, boost::system::system_category(), "socketpair");
    stream_protocol::socket near(loop, stream_protocol(), ends[0]);
    descriptor              far(ends[1]);
    if (!crew.knock(to.host, ends[1])) throw system_error(asio::error::connection_refused);
    far.take();
    return stream_over(std::move(near), open);
}

std::unique_ptr<listener> listen_within(address const& at, std::shared_ptr<real_crew> crew,
                                        asio::io_context& loop, census& open) {
    return std::make_unique<inner_listener>(at, std::move(crew), loop, open);
}

}  // namespace runtime
