#pragma once

#include <memory>
#include <optional>

#include "proxy/gateway.hpp"
#include "runtime/real.hpp"
#include "runtime/real_crew.hpp"
#include "runtime/scaled_clock.hpp"
#include "runtime/task_group.hpp"

namespace scenario {

// One event loop of `lockstep proxy`: a world and a gateway of its own, on whichever thread runs
// it. What is called "from any thread" becomes a handler of this loop.
class gateway_loop {
public:
    struct sharing {
        std::shared_ptr<runtime::real_crew>  crew;
        std::shared_ptr<proxy::gateway_plan> plan;
        proxy::gateway_commons&              commons;
        proxy::gateway::log                  log;
        proxy::gateway::log                  access;
        int                                  faster = 1;
    };
    gateway_loop(sharing const&, proxy::gateway::loop);

    runtime::real_world& world() { return world_; }
    proxy::gateway&      gateway() { return gateway_; }

    // Until it was told to end, and has.
    void run();

    // From any thread. The first call lets what was asked come to its end, the second one does not.
    void end();
    // From any thread.
    void reload(std::shared_ptr<proxy::gateway_plan>, std::shared_ptr<runtime::tls_identity const>);

private:
    runtime::awaitable<void> measure_lag();
    runtime::awaitable<void> drain();
    runtime::awaitable<void> stop();
    void                     start(runtime::awaitable<void>);

    runtime::real_world   world_;
    runtime::scaled_clock faster_;
    proxy::gateway        gateway_;
    runtime::task_group   beside_;
    runtime::duration     patience_;
    int                   told_ = 0;
    bool                  drained_ = false;
    bool                  stopped_ = false;
};

}  // namespace scenario
