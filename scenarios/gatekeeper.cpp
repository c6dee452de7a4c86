#include "scenarios/gatekeeper.hpp"

#include <algorithm>

namespace scenario {

gatekeeper::gatekeeper(runtime::trace& t) : trace_(t) {
    trace_.observe([this](runtime::event const&) {
        if (changed_.waiting() > 0) changed_.ring();
    });
}

runtime::awaitable<void> gatekeeper::wait(arrow until) {
    waiting_.push_back(until);
    std::size_t seen = 0;
    for (bool passed = false; !passed;) {
        auto const& events = trace_.events();
        for (; seen < events.size() && !passed; ++seen) passed = matches(until, events[seen]);
        if (!passed) co_await changed_.wait();
    }
    auto const me = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&](arrow const& a) { return a.where.line == until.where.line; });
    if (me != waiting_.end()) waiting_.erase(me);
}

}  // namespace scenario
