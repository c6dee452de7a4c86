#pragma once

#include "runtime/bell.hpp"
#include "runtime/trace.hpp"
#include "scenarios/expectation.hpp"

namespace scenario {

// Lets actors go on when something has passed. What has passed already counts.
class gatekeeper {
public:
    explicit gatekeeper(runtime::trace& t);

    runtime::awaitable<void> wait(arrow until);

    // Who still waits, for the report of a hang: the arrows, in the order of waiting.
    std::vector<arrow> const& waiting() const { return waiting_; }

private:
    runtime::trace&    trace_;
    runtime::bell      changed_;
    std::vector<arrow> waiting_;
};

}  // namespace scenario
