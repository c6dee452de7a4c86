#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <span>
#include <string>

#include "runtime/io_handler.hpp"

namespace runtime {

using asio::awaitable;

// A connection: bytes both ways, one read and one write at a time.
//
// Errors are boost::system::error_code as sockets give them: asio::error::eof when the other
// side has ended, connection_reset, broken_pipe, operation_aborted after close() or a
// cancel. A write completes when all bytes are taken over; a full pipe makes it wait: that
// is the backpressure. Operations honour the cancellation slot of their handler.
//
// Destroying or closing it ends what is pending with operation_aborted.
class stream {
public:
    virtual ~stream() = default;

    virtual asio::any_io_executor executor() const = 0;

    virtual void start_read(asio::mutable_buffer into, io_handler done) = 0;
    // The buffers' descriptors are copied; what they point at must live until `done`.
    virtual void start_write(std::span<asio::const_buffer const> from, io_handler done) = 0;

    // What is pending, if anything, reports operation_aborted; the connection stays usable.
    virtual void cancel_read() = 0;
    virtual void cancel_write() = 0;

    virtual void end() = 0;    // half-close: the other side reads end-of-file, we may still read
    virtual void close() = 0;  // both ways, in good order; unread input turns it into a reset
    virtual void reset() = 0;  // RST: the other side gets connection_reset

    template <class Token>
    auto async_read_some(asio::mutable_buffer into, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, asio::mutable_buffer b) {
                start_read(b, io_handler(std::move(handler), executor()));
            },
            token, into);
    }

    template <class Token>
    auto async_write(std::span<asio::const_buffer const> from, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, std::span<asio::const_buffer const> b) {
                start_write(b, io_handler(std::move(handler), executor()));
            },
            token, from);
    }

    // The same as coroutines that throw. read() gives nothing at end-of-file.
    awaitable<std::size_t> read(asio::mutable_buffer into);
    awaitable<void>        write(std::string_view bytes);
    awaitable<void>        write(std::span<asio::const_buffer const> bytes);
};

}  // namespace runtime
