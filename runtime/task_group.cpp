#include "runtime/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>

namespace runtime {

task_group::~task_group() {
    if (children_.empty()) return;
    std::fputs("task_group: destroyed while these children live:\n", stderr);
    for (auto const& c : children_) std::fprintf(stderr, "  %s\n", c.name.c_str());
    std::abort();
}

void task_group::spawn(std::string name, awaitable<void> work) {
    auto* c = new child;
    c->name = std::move(name);
    children_.push_back(*c);
    asio::co_spawn(executor_, live(c, std::move(work)),
                   asio::bind_cancellation_slot(c->signal.slot(),
                                                [this, c](std::exception_ptr e) { ended(c, e); }));
}

// What Asio 1.81 has spawned must not be cancelled before its first step: the post that tells of
// its end would be cancelled with it, and throw out of the loop.
awaitable<void> task_group::live(child* c, awaitable<void> work) {
    c->begun = true;
    if (c->unwanted) throw boost::system::system_error(asio::error::operation_aborted);
    co_await std::move(work);
}

void task_group::ended(child* c, std::exception_ptr e) {
    if (e && !thrown_) {
        try {
            std::rethrow_exception(e);
        } catch (boost::system::system_error const& error) {
            if (error.code() != asio::error::operation_aborted) thrown_ = e;
        } catch (...) {
            thrown_ = e;
        }
    }
    children_.erase(children_.iterator_to(*c));
    delete c;
    changed_.ring();
}

void task_group::cancel() {
    // Emitting may end a child at once, so the next one is looked up before.
    for (auto at = children_.begin(); at != children_.end();) {
        auto& c = *at++;
        if (c.begun)
            c.signal.emit(asio::cancellation_type::terminal);
        else
            c.unwanted = true;
    }
}

awaitable<void> task_group::wait() {
    while (!children_.empty()) co_await changed_.wait();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

// A cancel may come in the instant in which the last child has rung: then no wait tells of it.
std::exception_ptr task_group::cancel_of(asio::cancellation_state const& joining) {
    if (joining.cancelled() == asio::cancellation_type::none) return nullptr;
    return std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted));
}

// Trouble, if any, has come: nobody is left behind, whatever came.
awaitable<void> task_group::end_of_join(std::exception_ptr trouble) {
    if (!trouble) trouble = std::exchange(thrown_, nullptr);
    if (!trouble) co_return;
    cancel();
    while (!children_.empty()) co_await changed_.wait();
    thrown_ = nullptr;
    std::rethrow_exception(trouble);
}

awaitable<void> task_group::join() {
    std::exception_ptr trouble;
    try {
        while (may_go_on()) co_await changed_.wait();
    } catch (...) {
        trouble = std::current_exception();
    }
    asio::cancellation_state const state = co_await asio::this_coro::cancellation_state;
    if (!trouble) trouble = cancel_of(state);
    // Before any other co_await: a cancelled coroutine can wait for nothing.
    co_await asio::this_coro::reset_cancellation_state();
    co_await end_of_join(trouble);
}

awaitable<void> task_group::join(runtime::clock& clock, duration interval,
                                 std::function<awaitable<void>(bool)> meanwhile) {
    std::exception_ptr trouble;
    try {
        while (may_go_on()) {
            bool const rang = co_await changed_.wait_for(clock, interval);
            if (may_go_on()) co_await meanwhile(rang);
        }
    } catch (...) {
        trouble = std::current_exception();
    }
    asio::cancellation_state const state = co_await asio::this_coro::cancellation_state;
    if (!trouble) trouble = cancel_of(state);
    // Before any other co_await: a cancelled coroutine can wait for nothing.
    co_await asio::this_coro::reset_cancellation_state();
    co_await end_of_join(trouble);
}

awaitable<void> task_group::stop() {
    cancel();
    co_await wait();
}

std::vector<std::string> task_group::names() const {
    std::vector<std::string> all;
    for (auto const& c : children_) all.push_back(c.name);
    return all;
}

}  // namespace runtime
