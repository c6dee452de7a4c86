#pragma once

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "scenarios/performance.hpp"
#include "scenarios/stage.hpp"

// What the two stages share: the simulated one (stage.cpp) and that of real sockets
// (stage_real.cpp).
namespace scenario::parts {

template <class Spawned>
void start(runtime::world const& w, Spawned work) {
    boost::asio::co_spawn(w.executor, std::move(work), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

// Sets a flag after a time: keeps a world going until then.
inline runtime::awaitable<void> flag_after(runtime::clock& clock, runtime::duration time,
                                           bool& flag) {
    co_await clock.sleep_for(time);
    flag = true;
}

inline runtime::awaitable<void> strike(performance& p, bool& done) {
    co_await p.strike();
    done = true;
}

inline runtime::awaitable<void> ask_again(performance& p) { co_await p.ask_again(); }

// Somebody never came to an end: who waits, and at which line.
inline objection hang_of(performance const& p, std::string problem) {
    objection hang;
    hang.check = "hang";
    hang.problem = std::move(problem);
    for (auto const& w : p.still_waiting()) {
        hang.detail += (hang.detail.empty() ? "" : "\n") + w.who + ": " + w.what;
        if (hang.where.line == 0) hang.where = w.where;
    }
    return hang;
}

std::int64_t factor_against(external_gateway const&, scenario const&, runtime::duration length);

// On real sockets, not judged yet. `length` is that of the story in virtual time: a long one is
// played on a faster clock.
outcome play_on_sockets(scenario const&, play_options const&, runtime::duration length);

}  // namespace scenario::parts
