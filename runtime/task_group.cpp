#include "runtime/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
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
    asio::co_spawn(executor_, std::move(work),
                   asio::bind_cancellation_slot(c->signal.slot(),
                                                [this, c](std::exception_ptr e) { ended(c, e); }));
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
    if (children_.empty()) empty_.ring();
}

void task_group::cancel() {
    // Emitting may end a child at once, so the next one is looked up before.
    for (auto at = children_.begin(); at != children_.end();) {
        auto& c = *at++;
        c.signal.emit(asio::cancellation_type::terminal);
    }
}

awaitable<void> task_group::wait() {
    while (!children_.empty()) co_await empty_.wait();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

awaitable<bool> task_group::wait_for(runtime::clock& clock, duration limit) {
    auto const due = clock.now() + limit;
    while (!children_.empty() && clock.now() < due)
        co_await empty_.wait_for(clock, due - clock.now());
    if (!children_.empty()) co_return false;
    co_await wait();
    co_return true;
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
