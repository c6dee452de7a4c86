#include "runtime/deadline.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/limit_alarm.hpp"

namespace runtime {

awaitable<std::size_t> read_within(stream& s, asio::mutable_buffer into, runtime::clock& clock,
                                   duration limit, error_code late) {
    limit_alarm alarm(clock, s, &stream::cancel_read, limit);
    error_code  why;
    auto const n = co_await s.async_read_some(into, asio::redirect_error(asio::use_awaitable, why));
    alarm.stop();
    if (why == asio::error::eof) co_return 0;
    if (why) throw boost::system::system_error(alarm.reason(why, late));
    co_return n;
}

awaitable<void> write_within(stream& s, std::span<asio::const_buffer const> bytes,
                             runtime::clock& clock, duration limit, error_code late) {
    limit_alarm alarm(clock, s, &stream::cancel_write, limit);
    error_code  why;
    co_await s.async_write(bytes, asio::redirect_error(asio::use_awaitable, why));
    alarm.stop();
    if (why) throw boost::system::system_error(alarm.reason(why, late));
}

}  // namespace runtime
