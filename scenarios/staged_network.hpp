#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mock_mcp/surroundings.hpp"
#include "runtime/link.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace scenario {

// How a connection to somebody fails before it is one.
enum class connect_fault {
    none,
    refuse,
    blackhole,
    hesitate,  // it comes about after a while
};

// A network as the gateway under test sees it: the world's own, with the programs that a
// scenario plays and with connections that never come about.
//
// A program is a coroutine that serves its standard streams over a pair of connected streams of
// the same world, so the same scenario runs on virtual time and on real sockets. Real pipes and
// real children are tested in tests/runtime and by the interop targets.
class staged_network final : public runtime::network {
public:
    struct program {
        std::function<runtime::awaitable<int>(runtime::stream& stdio, mock_mcp::surroundings&)>
                                                                                          play;
        std::function<runtime::link_faults()>                                             faults;
        // What is laid on its standard streams below the faults; null: nothing.
        std::function<std::unique_ptr<runtime::stream>(std::unique_ptr<runtime::stream>)> tap;
        bool may_stay = false;  // when it is asked to go; else it is ended then
    };

    explicit staged_network(runtime::world w) : world_(w), running_(w.executor) {}

    // Ends the programs that still run; must be awaited before this is destroyed.
    runtime::awaitable<void> stop() { return running_.stop(); }

    // `arguments[0]` of a command names the program.
    void install(std::string name, program p);
    // `pause`: of those that hesitate.
    void fail_connects(std::string host, std::uint16_t port, connect_fault,
                       runtime::duration pause = {});

    runtime::awaitable<std::unique_ptr<runtime::stream>> connect(runtime::address to) override;
    std::unique_ptr<runtime::listener>                   listen(runtime::address at) override;
    std::unique_ptr<runtime::child>                      spawn(runtime::command const&) override;
    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> pair() override {
        return world_.network.pair();
    }

private:
    class played_child;
    struct life;

    runtime::awaitable<void> play(program const&, std::unique_ptr<runtime::stream> stdio,
                                  std::shared_ptr<life>);

    struct failing {
        connect_fault     how = connect_fault::none;
        runtime::duration pause{};
    };

    runtime::world                                           world_;
    runtime::task_group                                      running_;
    std::map<std::string, program>                           programs_;
    std::map<std::pair<std::string, std::uint16_t>, failing> failing_;
};

// Lays faults on everything that a listener accepts.
std::unique_ptr<runtime::listener> linked(std::unique_ptr<runtime::listener>, runtime::world,
                                          std::function<runtime::link_faults()> faults);

}  // namespace scenario
