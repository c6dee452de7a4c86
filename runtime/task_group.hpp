#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/intrusive/list.hpp>
#include <exception>
#include <functional>
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

    // Asks every child to end; returns at once. On the loop only: a child may end within it.
    void            cancel();
    awaitable<void> wait();  // until no child is left; throws what the first of them threw
    awaitable<void> stop();  // cancel, and wait

    // As wait(), for children that are worth nothing without each other: what the first throws
    // ends all others at once, and so does whatever ends the waiting itself. None is left when it
    // returns or throws.
    awaitable<void> join();
    // The same, and `meanwhile` each time that one of several has ended (true), or none has for so
    // long.
    awaitable<void> join(runtime::clock&, duration interval,
                         std::function<awaitable<void>(bool ended)> meanwhile);

    std::size_t              size() const { return children_.size(); }
    std::vector<std::string> names() const;  // of those who live, in the order of their birth

private:
    struct child : boost::intrusive::list_base_hook<> {
        std::string               name;
        asio::cancellation_signal signal;
        bool                      begun = false;
        bool                      unwanted = false;  // cancelled before it had begun
    };

    static awaitable<void> live(child*, awaitable<void> work);

    void            ended(child*, std::exception_ptr);
    bool            may_go_on() const { return !children_.empty() && !thrown_; }
    awaitable<void> end_of_join(std::exception_ptr);

    static std::exception_ptr cancel_of(asio::cancellation_state const&);

    asio::any_io_executor         executor_;
    boost::intrusive::list<child> children_;
    bell                          changed_;  // one is over
    std::exception_ptr            thrown_;
};

}  // namespace runtime
