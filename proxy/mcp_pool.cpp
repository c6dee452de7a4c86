#include "proxy/mcp_pool.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace proxy {

mcp_pool::mcp_pool(runtime::world const& w, config const& c)
    : world_(w), config_(c), endings_(w.executor) {}

runtime::awaitable<std::shared_ptr<mcp_session>> mcp_pool::session(mcp_server const& server) {
    auto& mine = places_[server.name];
    for (;;) {
        mine.used = world_.clock.now();
        if (mine.session && mine.session->alive()) {
            changed_.ring();
            co_return mine.session;
        }
        if (!mine.opening) break;
        co_await changed_.wait();
    }
    auto const now = world_.clock.now();
    if (mine.session && mine.session->may_die() && !mine.session->was_lost())
        mine.pace.died(mine.session->gone_at(), config_.limits);
    retire(mine);
    if (auto const why_not = mine.pace.down(now, server.name, config_.limits))
        throw refused(to_problem(error::listing_failed, *why_not));
    // Whoever waits for this session goes on if the opening fails or its caller hangs up: the
    // next in line opens one itself.
    struct opening {
        place&         at;
        runtime::bell& changed;
        opening(place& p, runtime::bell& b) : at(p), changed(b) { at.opening = true; }
        ~opening() {
            at.opening = false;
            changed.ring();
        }
    } const turn(mine, changed_);
    if (now < mine.pace.next()) co_await world_.clock.sleep_until(mine.pace.next());

    auto fresh =
        std::make_shared<mcp_session>(world_, server, config_.limits, config_.timeouts.connect,
                                      mine.era.value_or(config_.mcp_era));
    std::exception_ptr failed;
    try {
        co_await fresh->open();
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        if (fresh->may_die()) mine.pace.died(world_.clock.now(), config_.limits);
        endings_.spawn("mcp end", end_session(fresh));
        std::rethrow_exception(failed);
    }
    mine.session = fresh;
    mine.era = fresh->era();
    mine.used = world_.clock.now();
    co_return fresh;
}

runtime::awaitable<void> mcp_pool::end_session(std::shared_ptr<mcp_session> session) {
    co_await session->end();
}

void mcp_pool::retire(place& p) {
    if (!p.session) return;
    endings_.spawn("mcp end", end_session(std::move(p.session)));
    p.session = nullptr;
}

// Returns when the next one may be due.
runtime::time_point mcp_pool::retire_idle() {
    auto const now = world_.clock.now();
    auto       next = runtime::time_point::max();
    for (auto& [name, place] : places_) {
        if (!place.session) continue;
        // In use: others hold the pointer too.
        if (place.session.use_count() > 1) place.used = now;
        auto const due = place.used + config_.session_idle;
        if (due <= now)
            retire(place);
        else
            next = std::min(next, due);
    }
    return next;
}

runtime::awaitable<void> mcp_pool::sweep() {
    for (;;) {
        auto const next = retire_idle();
        if (next == runtime::time_point::max())
            co_await changed_.wait();
        else
            co_await world_.clock.sleep_until(next);
    }
}

runtime::awaitable<void> mcp_pool::end() {
    for (auto& [name, place] : places_) retire(place);
    co_await endings_.wait();
}

}  // namespace proxy
