#include "runtime/clock.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace runtime {

void alarm::set(time_point due) {
    if (is_set()) clock_.alarms_.erase(clock_.alarms_.iterator_to(*this));
    due_ = due;
    turn_ = ++clock_.turn_;
    auto const at = clock_.alarms_.insert(*this).first;
    if (at == clock_.alarms_.begin()) clock_.earliest_changed();
}

void alarm::stop() {
    if (is_set()) clock_.alarms_.erase(clock_.alarms_.iterator_to(*this));
}

std::optional<time_point> clock::earliest() const {
    if (alarms_.empty()) return std::nullopt;
    return alarms_.begin()->due_;
}

void clock::ring_due(time_point now) {
    // What a ring sets anew for this very instant waits for the next round: the loop gets a
    // chance to run what the first rings made ready.
    auto const last_turn = turn_;
    while (!alarms_.empty() && alarms_.begin()->due_ <= now) {
        auto& first = *alarms_.begin();
        if (first.turn_ > last_turn) break;
        alarms_.erase(alarms_.begin());
        first.ring();
    }
}

namespace {

// Lives as long as somebody sleeps; the handler frees it when it is called or cancelled.
class sleeper final : public alarm {
public:
    sleeper(runtime::clock& c, io_handler done) : alarm(c), done_(std::move(done)) {
        if (auto slot = done_.get_cancellation_slot(); slot.is_connected())
            slot.assign(
                [this](asio::cancellation_type) { finish(asio::error::operation_aborted); });
    }

private:
    void ring() override { finish({}); }

    void finish(error_code ec) {
        auto slot = done_.get_cancellation_slot();
        if (slot.is_connected()) slot.clear();
        auto executor = done_.get_executor();
        stop();
        // Posted, so that a ring or a cancel never runs foreign code inside itself.
        asio::post(executor, [done = std::move(done_), ec]() mutable { done(ec); });
        delete this;
    }

    io_handler done_;
};

}  // namespace

void clock::call_at(time_point due, io_handler done) {
    auto* s = new sleeper(*this, std::move(done));
    s->set(due);
}

awaitable<void> clock::sleep_until(time_point due) {
    if (due <= now()) co_return;
    auto const executor = co_await asio::this_coro::executor;
    auto       start = [this, due, &executor](auto handler) {
        call_at(due, io_handler(std::move(handler), executor));
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void(error_code, std::size_t)>(
        start, asio::use_awaitable);
}

}  // namespace runtime
