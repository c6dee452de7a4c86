#include "runtime/stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace runtime {

awaitable<std::size_t> stream::read(asio::mutable_buffer into) {
    error_code why;
    auto const n = co_await async_read_some(into, asio::redirect_error(asio::use_awaitable, why));
    if (why == asio::error::eof) co_return 0;
    if (why) throw boost::system::system_error(why);
    co_return n;
}

awaitable<void> stream::write(std::string_view bytes) {
    asio::const_buffer const                  one(bytes.data(), bytes.size());
    std::span<asio::const_buffer const> const all(&one, 1);
    co_await async_write(all, asio::use_awaitable);
}

awaitable<void> stream::write(std::span<asio::const_buffer const> bytes) {
    co_await async_write(bytes, asio::use_awaitable);
}

}  // namespace runtime
