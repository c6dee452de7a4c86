#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <span>

#include "runtime/stream.hpp"

namespace runtime {

// Two descriptors, one for each direction, as a channel of real_stream.hpp: the pipes to a
// child, or our own standard streams.
struct pipe_channel {
    asio::posix::stream_descriptor from;
    asio::posix::stream_descriptor to;

    asio::any_io_executor executor() { return from.get_executor(); }

    template <class Handler>
    void read_some(asio::mutable_buffer into, Handler handler) {
        from.async_read_some(into, std::move(handler));
    }
    template <class Handler>
    void write_some(std::span<asio::const_buffer const> bytes, Handler handler) {
        to.async_write_some(bytes, std::move(handler));
    }
    void end() {
        error_code ignored;
        to.close(ignored);
    }
    void close() {
        error_code ignored;
        to.close(ignored);
        from.close(ignored);
    }
    void reset() { close(); }
};

}  // namespace runtime
