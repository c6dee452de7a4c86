#pragma once

#include "runtime/error.hpp"
#include "runtime/simulation.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/real_play.hpp"

// What the tests of the simulated world share.
namespace play {

// Plays a story to its end, whatever virtual time it takes, and throws what it threw.
inline void out(runtime::simulation& world, awaitable<void> story) {
    bool               over = false;
    std::exception_ptr thrown;
    asio::co_spawn(world.world().executor, std::move(story), [&](std::exception_ptr e) {
        over = true;
        thrown = e;
    });
    world.run([&] { return over; });
    if (!over) throw std::logic_error("the story waits for something that never comes");
    if (thrown) std::rethrow_exception(thrown);
}

// Stops whatever still runs in a group. From inside the loop: a cancel from outside of it is
// posted by Asio 1.81 and may come when its child has gone.
inline void stop(runtime::simulation& world, runtime::task_group& group) {
    auto stopping = [](runtime::task_group& g) -> awaitable<void> {
        try {
            co_await g.stop();
        } catch (std::exception const&) {
            // What a child threw is not what this test is about.
        }
    };
    out(world, stopping(group));
}

// Virtual time since the scenario began.
inline runtime::duration elapsed(runtime::simulation& world) {
    return world.world().clock.now() - runtime::simulation::beginning;
}

// "ok", or the name of what this throws.
template <class T>
awaitable<std::string> outcome_of(awaitable<T> work) {
    error_code why;
    try {
        co_await std::move(work);
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    co_return name_of(why);
}

// The error's own message, as name_of gives it.
inline std::string named(runtime::error e) { return make_error_code(e).message(); }

}  // namespace play
