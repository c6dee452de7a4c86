#include "proxy/gateway_ground.hpp"

namespace proxy {

gateway_ground::gateway_ground(runtime::world const& world, std::shared_ptr<gateway_plan> plan,
                               gateway_commons& commons, meters& measured, std::string mark,
                               mcp_log log)
    : plan_(std::move(plan)),
      keys(settings()),
      router(world, settings(), plan_->health),
      pool(world, settings()),
      mcp(world, settings(), {commons.mcp_sessions, std::move(mark)}, std::move(log)),
      sweeps_(world.executor) {
    if (settings().otlp.endpoint) spans.emplace(world, settings().otlp, measured);
}

void gateway_ground::begin() {
    sweeps_.spawn("sweep idle mcp sessions", pool.sweep());
    sweeps_.spawn("sweep idle mcp clients", mcp.sweep());
    if (spans) sweeps_.spawn("send spans", spans->run());
}

runtime::awaitable<void> gateway_ground::until_left() {
    while (users_ > 0 || !mcp.is_empty()) {
        while (users_ > 0) co_await left_.wait();
        co_await mcp.until_empty();
    }
}

runtime::awaitable<void> gateway_ground::end() {
    co_await sweeps_.stop();
    co_await mcp.stop();
    co_await pool.end();
    if (spans) co_await spans->flush();
}

}  // namespace proxy
