#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <tuple>

#include "runtime/clock.hpp"

namespace runtime {

// What `work` gives, unless `guard` throws first. A guard waits for trouble (a limit, a
// client that hangs up) and throws it; it returns only when it is cancelled. Whoever loses is
// cancelled and has ended before this returns: nothing is left running.
//
// Not built on operator||: that waits for the first *success*, so a reset connection would
// be held back until the limit and then be reported as a timeout (chriskohlhoff/asio#900).
// For whole tasks; a single read has the cheaper `deadline`.
template <class T>
awaitable<T> guarded(awaitable<T> work, awaitable<void> guard) {
    auto executor = co_await asio::this_coro::executor;
    auto working = asio::co_spawn(executor, std::move(work), asio::deferred);
    auto guarding = asio::co_spawn(executor, std::move(guard), asio::deferred);
    auto group = asio::experimental::make_parallel_group(std::move(working), std::move(guarding));
    auto race = co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);

    constexpr auto           last = std::tuple_size_v<decltype(race)> - 1;
    bool const               work_came_first = std::get<0>(race)[0] == 0;
    // Both may have ended in the same instant: a result that is there is not thrown away.
    std::exception_ptr const worked = std::get<1>(race);
    std::exception_ptr const guarded_by = std::get<last>(race);
    if (worked && !work_came_first && guarded_by) std::rethrow_exception(guarded_by);
    if (worked) std::rethrow_exception(worked);
    if constexpr (!std::is_void_v<T>) co_return std::move(std::get<2>(race));
}

// Waits until `limit` is over and throws `late`.
awaitable<void> throw_after(runtime::clock&, duration limit, error_code late);

// The one way to set a limit to a whole task.
template <class T>
awaitable<T> within(runtime::clock& clock, duration limit, error_code late, awaitable<T> work) {
    auto guard = throw_after(clock, limit, late);
    return guarded(std::move(work), std::move(guard));
}

}  // namespace runtime
