#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mock_providers/mock_provider.hpp"
#include "runtime/task_group.hpp"
#include "runtime/trace.hpp"
#include "scenarios/gatekeeper.hpp"
#include "scenarios/test_client.hpp"

namespace scenario {

// Somebody else's streams, beside every scenario, through the same gateway: short answers that
// keep a beat, asked for again and again at growing distances. Whatever the scenario does to the
// gateway, these must keep their beat (check `fairness`), and when the scenario is over the next
// request must be answered (check `recovery`).
//
// It has a trace of its own: the scenario's lines and its other checks know nothing of it.
class canary {
public:
    static constexpr char model[] = "lockstep-canary";
    static constexpr char next[] = "next";  // who asks when the scenario is over

    canary(runtime::world, std::string key, request_headers);

    // Its provider, from now on at this place.
    void open(std::unique_ptr<runtime::listener> at);

    void start(runtime::address gateway);

    // The scenario is over: the canary falls silent and one more client asks.
    runtime::awaitable<void> ask_again();
    bool                     asked_again() const { return asked_again_; }

    runtime::awaitable<void> stop();

    std::vector<runtime::event> take_events() { return trace_.take_events(); }  // at the end

private:
    void add_client(std::string name, int rounds);

    runtime::world                     world_;
    std::string                        key_;
    request_headers                    headers_of_;
    runtime::address                   gateway_;
    runtime::trace                     trace_;
    gatekeeper                         gates_;
    std::optional<mock::mock_provider> provider_;
    std::list<test_client>             clients_;
    runtime::task_group                singing_;
    bool                               asked_again_ = false;
};

}  // namespace scenario
