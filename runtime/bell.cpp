#include "runtime/bell.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

namespace runtime {

void bell::waiter::finish(error_code ec) {
    auto slot = done.get_cancellation_slot();
    if (slot.is_connected()) slot.clear();
    auto executor = done.get_executor();
    asio::post(executor, [d = std::move(done), ec]() mutable { d(ec); });
    delete this;
}

bell::~bell() {
    waiters_.clear_and_dispose([](waiter* w) { w->finish(asio::error::operation_aborted); });
}

void bell::ring() {
    waiters_.clear_and_dispose([](waiter* w) { w->finish({}); });
}

void bell::add(io_handler done, waiter** added) {
    auto* w = new waiter(std::move(done));
    if (added) *added = w;
    waiters_.push_back(*w);
    if (auto slot = w->done.get_cancellation_slot(); slot.is_connected())
        slot.assign(
            [this, w](asio::cancellation_type) { take_out(w, asio::error::operation_aborted); });
}

void bell::take_out(waiter* w, error_code why) {
    waiters_.erase(waiters_.iterator_to(*w));
    w->finish(why);
}

awaitable<void> bell::wait() {
    auto const executor = co_await asio::this_coro::executor;
    auto       start = [this, &executor](auto handler) {
        add(io_handler(std::move(handler), executor), nullptr);
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void(error_code, std::size_t)>(
        start, asio::use_awaitable);
}

namespace {

// Calls back when a waiter's patience is over.
class patience final : public alarm {
public:
    patience(runtime::clock& c, std::function<void()> over) : alarm(c), over_(std::move(over)) {}

private:
    void ring() override { over_(); }

    std::function<void()> over_;
};

}  // namespace

awaitable<bool> bell::wait_for(runtime::clock& clock, duration limit) {
    auto const executor = co_await asio::this_coro::executor;
    waiter*    mine = nullptr;
    bool       late = false;
    patience   alarm(clock, [this, &mine, &late] {
        // If the bell has rung in this instant the waiter is no longer in the list.
        for (auto& w : waiters_)
            if (&w == mine) {
                late = true;
                return take_out(mine, {});
            }
    });
      alarm.set(clock.now() + limit);
    auto start = [this, &executor, &mine](auto handler) {
        add(io_handler(std::move(handler), executor), &mine);
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void(error_code, std::size_t)>(
        start, asio::use_awaitable);
    co_return !late;
}

}  // namespace runtime
