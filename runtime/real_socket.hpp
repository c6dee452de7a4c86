#pragma once

#include <fcntl.h>

#include <boost/asio/socket_base.hpp>
#include <memory>
#include <span>

#include "runtime/real_stream.hpp"

namespace runtime {

// What a socket of Asio's, of whatever family, needs to be a stream (real_stream.hpp).
template <class Socket>
struct socket_channel {
    Socket socket;

    asio::any_io_executor executor() { return socket.get_executor(); }

    template <class Handler>
    void read_some(asio::mutable_buffer into, Handler handler) {
        socket.async_read_some(into, std::move(handler));
    }
    template <class Handler>
    void write_some(std::span<asio::const_buffer const> from, Handler handler) {
        socket.async_write_some(from, std::move(handler));
    }
    void end() {
        error_code ignored;
        socket.shutdown(asio::socket_base::shutdown_send, ignored);
    }
    void close() {
        error_code ignored;
        socket.close(ignored);
    }
    void reset() {
        error_code ignored;
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }
};

// Children are started with 0, 1 and 2 only; this guards against others who start programs.
inline void close_on_exec(int descriptor) { ::fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

template <class Socket>
std::unique_ptr<stream> stream_over(Socket socket, census& open) {
    close_on_exec(socket.native_handle());
    using channel = socket_channel<Socket>;
    return std::make_unique<channel_stream<channel>>(channel{std::move(socket)},
                                                     counted(open.streams));
}

}  // namespace runtime
