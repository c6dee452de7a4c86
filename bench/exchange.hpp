#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/config.hpp"
#include "runtime/http.hpp"
#include "runtime/real.hpp"
#include "runtime/simulation.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

// The two ends of a streamed answer, with as little work of their own as can be: what costs is
// what lies between them.
namespace bench {

// Writes the body of one answer, but not its end.
using play = std::function<runtime::awaitable<void>(runtime::http_chunk_writer&)>;

// Answers one request after the other, each on a connection of its own, until it is cancelled.
runtime::awaitable<void> provide(runtime::world, std::unique_ptr<runtime::listener> at, play);

// Told what one read of the client has brought.
using hear = std::function<void(std::string_view piece)>;

// Asks for a streamed answer and listens until its end. Throws if it is refused, if it is cut,
// or if nothing comes for ten seconds.
runtime::awaitable<void> ask(runtime::world, runtime::address to, hear);

// A gateway with one model, which a provider at this address serves.
proxy::config gateway_config(std::string const& provider, runtime::address at,
                             runtime::address listen);

// Runs one coroutine to its end, with all that lives on the same loop; throws what it threw.
void run_on(runtime::simulation&, runtime::awaitable<void>);
void run_on(runtime::real_world&, runtime::awaitable<void>);

// What runs beside that which is measured, until this is destroyed.
template <class World>
class background {
public:
    explicit background(World& w) : world_(w), running_(w.world().executor) {}
    ~background() { run_on(world_, running_.stop()); }

    void run(runtime::awaitable<void> work) { running_.spawn("background", std::move(work)); }

private:
    World&              world_;
    runtime::task_group running_;
};

}  // namespace bench
