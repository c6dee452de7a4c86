#include "runtime/guarded.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime {

awaitable<void> throw_after(runtime::clock& clock, duration limit, error_code late) {
    auto const executor = co_await asio::this_coro::executor;
    auto const due = clock.now() + limit;
    error_code why;
    auto       start = [&](auto handler) {
        clock.call_at(due, io_handler(std::move(handler), executor));
    };
    auto heard = asio::redirect_error(asio::use_awaitable, why);
    if (limit > duration::zero())
        co_await asio::async_initiate<decltype(heard), void(error_code, std::size_t)>(start, heard);
    // Nearly every guard is told to go, for the work was done: to throw that, frame by frame, would
    // cost more than all else that it does.
    if (!why) throw boost::system::system_error(late);
}

}  // namespace runtime
