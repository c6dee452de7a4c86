#pragma once

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/bell.hpp"
#include "runtime/guarded.hpp"
#include "runtime/world.hpp"

// What the tests of the real world and of the conformance table share.
namespace play {

namespace asio = boost::asio;
using asio::awaitable;
using runtime::error_code;

// Plays a story to its end and throws what it threw. `World` is real_world or simulation.
template <class World>
void to_the_end(World& world, awaitable<void> story) {
    bool               over = false;
    std::exception_ptr thrown;
    auto               limited = runtime::within(world.world().clock, std::chrono::seconds(20),
                                                 asio::error::timed_out, std::move(story));
    asio::co_spawn(world.world().executor, std::move(limited), [&](std::exception_ptr e) {
        over = true;
        thrown = e;
    });
    world.run([&] { return over; });
    if (!over) throw std::logic_error("the story waits for something that never comes");
    if (thrown) std::rethrow_exception(thrown);
}

struct connection {
    std::unique_ptr<runtime::stream> near;
    std::unique_ptr<runtime::stream> far;
};

inline awaitable<connection> connect(runtime::world world) {
    runtime::address const at{"127.0.0.1", 0};
    auto                   listener = world.network.listen(at);
    auto                   near = co_await world.network.connect(listener->local());
    auto                   far = co_await listener->accept();
    connection             both{std::move(near), std::move(far)};
    co_return both;
}

inline std::string name_of(error_code ec) {
    if (!ec) return "ok";
    if (ec == asio::error::eof) return "eof";
    if (ec == asio::error::connection_reset) return "connection_reset";
    if (ec == asio::error::broken_pipe) return "broken_pipe";
    if (ec == asio::error::operation_aborted) return "operation_aborted";
    return ec.message();
}

// An operation whose outcome is awaited later.
class pending {
public:
    runtime::io_handler handler(asio::any_io_executor const& executor) {
        auto done = [this](error_code ec, std::size_t n) {
            why_ = ec;
            size_ = n;
            over_ = true;
            changed_.ring();
        };
        return runtime::io_handler(std::move(done), executor);
    }
    bool            over() const { return over_; }
    error_code      why() const { return why_; }
    std::size_t     size() const { return size_; }
    awaitable<void> wait() {
        while (!over_) co_await changed_.wait();
    }

private:
    error_code    why_;
    std::size_t   size_ = 0;
    bool          over_ = false;
    runtime::bell changed_;
};

inline void start_read(runtime::stream& s, asio::mutable_buffer into, pending& p) {
    s.start_read(into, p.handler(s.executor()));
}

inline void start_write(runtime::stream& s, asio::const_buffer from, pending& p) {
    s.start_write({&from, 1}, p.handler(s.executor()));
}

// "some bytes", or the name of the error.
inline awaitable<std::string> read(runtime::stream& s) {
    std::string text(256, '\0');
    pending     p;
    start_read(s, asio::buffer(text), p);
    co_await p.wait();
    if (p.why()) co_return name_of(p.why());
    co_return text.substr(0, p.size());
}

inline awaitable<std::string> write(runtime::stream& s, std::string text) {
    pending p;
    start_write(s, asio::buffer(text), p);
    co_await p.wait();
    co_return name_of(p.why());
}

}  // namespace play
