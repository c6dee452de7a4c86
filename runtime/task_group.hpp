#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>
#include <exception>
#include <string>
#include <vector>

#include "runtime/bell.hpp"

namespace runtime {

// Children that cannot outlive it: the one place in this house where work goes on after the
// call that started it.
//
// A child that throws does not disturb the others; what it threw is kept and thrown again by
// wait(), except operation_aborted, which is what being cancelled looks like. A group that is
// destroyed while children live ends the process with their names: its owner forgot to stop it.
class task_group {
public:
    explicit task_group(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    ~task_group();
    task_group(task_group const&) = delete;
    task_group& operator=(task_group const&) = delete;

    void spawn(std::string name, awaitable<void> work);

    void            cancel();  // asks every child to end; returns at once
    awaitable<void> wait();    // until no child is left; throws what the first of them threw
    awaitable<void> stop();    // cancel, and wait
    // As wait(), but no longer than `limit`. True if no child is left.
    awaitable<bool> wait_for(runtime::clock&, duration limit);

    std::size_t              size() const { return children_.size(); }
    std::vector<std::string> names() const;  // of those who live, in the order of their birth

private:
    struct child : boost::intrusive::list_base_hook<> {
        std::string               name;
        asio::cancellation_signal signal;
    };

    void ended(child*, std::exception_ptr);

    asio::any_io_executor         executor_;
    boost::intrusive::list<child> children_;
    bell                          empty_;
    std::exception_ptr            thrown_;
};

}  // namespace runtime
