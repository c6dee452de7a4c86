#include "scenarios/gateway_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

namespace scenario {

namespace {

runtime::world waist(runtime::world base, runtime::clock& faster, int factor) {
    if (factor == 1) return base;
    return {base.executor, faster, base.network, base.entropy};
}

}  // namespace

gateway_loop::gateway_loop(sharing const& s, proxy::gateway::loop which)
    : world_(s.crew),
      faster_(world_.world().clock, s.faster, runtime::time_point()),
      gateway_(waist(world_.world(), faster_, s.faster), s.plan, s.commons, which, s.log, s.access),
      beside_(world_.world().executor),
      patience_(s.plan->settings.timeouts.drain) {}

// An alarm a second shows how late the loop is.
runtime::awaitable<void> gateway_loop::measure_lag() {
    auto& clock = world_.world().clock;
    for (;;) {
        auto const due = clock.now() + std::chrono::seconds(1);
        co_await clock.sleep_until(due);
        gateway_.measured().loop_lag(clock.now() - due);
    }
}

runtime::awaitable<void> gateway_loop::drain() {
    co_await gateway_.drain(patience_);
    drained_ = true;
}

runtime::awaitable<void> gateway_loop::stop() {
    co_await beside_.stop();
    co_await gateway_.stop();
    stopped_ = true;
}

void gateway_loop::start(runtime::awaitable<void> work) {
    boost::asio::co_spawn(world_.world().executor, std::move(work), [](std::exception_ptr) {});
}

void gateway_loop::run() {
    beside_.spawn("loop lag", measure_lag());
    world_.run([&] { return told_ > 0; });
    start(drain());
    world_.run([&] { return drained_ || told_ > 1; });
    start(stop());
    world_.run([&] { return stopped_ && drained_; });
}

void gateway_loop::end() {
    boost::asio::post(world_.world().executor, [this] { ++told_; });
}

void gateway_loop::reload(std::shared_ptr<proxy::gateway_plan>         plan,
                          std::shared_ptr<runtime::tls_identity const> identity) {
    auto anew = [this, p = std::move(plan), i = std::move(identity)]() mutable {
        if (told_ > 0) return;
        patience_ = p->settings.timeouts.drain;
        if (i) world_.show(std::move(i));
        gateway_.reload(std::move(p));
    };
    boost::asio::post(world_.world().executor, std::move(anew));
}

}  // namespace scenario
