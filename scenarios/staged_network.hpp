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
enum class connect_fault { none, refuse, blackhole };

// A network as the gateway under test sees it: the world's own, with the programs that a
// scenario plays and with connections that never come about.
//
// A program is a coroutine that serves its standard streams over a pair of connected streams of
// the same world, so the same scenario runs on virtual time and on real sockets. Real pipes and
// real children are tested in tests/runtime and by the interop targets.
class staged_network final : public runtime::network {
public:
    using program = std::function<runtime::awaitable<int>(runtime::stream& stdio)>;
    // One that writes to stderr, and is asked to go before it is ended.
    using lively_program =
        std::function<runtime::awaitable<int>(runtime::stream& stdio, mock_mcp::surroundings&)>;

    explicit staged_network(runtime::world w) : world_(w), running_(w.executor) {}

    // Ends the programs that still run; must be awaited before this is destroyed.
    runtime::awaitable<void> stop() { return running_.stop(); }

    // `arguments[0]` of a command names the program.
    void install(std::string name, program p, std::function<runtime::link_faults()> faults);
    void install(std::string name, lively_program p, std::function<runtime::link_faults()> faults);
    void fail_connects(std::string host, std::uint16_t port, connect_fault);

    runtime::awaitable<std::unique_ptr<runtime::stream>> connect(runtime::address to) override;
    std::unique_ptr<runtime::listener>                   listen(runtime::address at) override;
    std::unique_ptr<runtime::child>                      spawn(runtime::command const&) override;
    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> pair() override {
        return world_.network.pair();
    }

private:
    class played_child;
    struct life;
    struct installed {
        lively_program                        play;
        bool                                  may_stay = false;  // when it is asked to go
        std::function<runtime::link_faults()> faults;
    };

    runtime::awaitable<void> play(installed const&, std::unique_ptr<runtime::stream> stdio,
                                  std::shared_ptr<life>);

    runtime::world                                                 world_;
    runtime::task_group                                            running_;
    std::map<std::string, installed>                               programs_;
    std::map<std::pair<std::string, std::uint16_t>, connect_fault> failing_;
};

// Lays faults on everything that a listener accepts.
std::unique_ptr<runtime::listener> linked(std::unique_ptr<runtime::listener>, runtime::world,
                                          std::function<runtime::link_faults()> faults);

}  // namespace scenario
