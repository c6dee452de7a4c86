#pragma once

#include <gtest/gtest.h>

#include "scenarios/staged_network.hpp"
#include "tests/runtime/mcp_play.hpp"

namespace play {

// A world with a channel in it; each test has its server.
class mcp_over_http : public testing::Test {
protected:
    explicit mcp_over_http(bool may_be_older = false) : network(world.world()) {
        auto const            inner = world.world();
        runtime::world const  waist{inner.executor, inner.clock, network, inner.entropy};
        runtime::mcp_endpoint at;
        at.transport = "streamable-http";
        at.at = {"everything", 80};
        at.may_be_older = may_be_older;
        at.headers = {{"Authorization", "Bearer sk-mcp"}};
        runtime::mcp_channel_limits limits;
        limits.message_max = 4096;
        channel = runtime::find_mcp_transport("streamable-http")->open(waist, at, limits);
    }
    void TearDown() override {
        play::out(world, channel->end());
        channel.reset();
    }
    std::string at(std::string what) {
        return runtime::to_text(play::elapsed(world)) + ' ' + std::move(what);
    }

    runtime::simulation                   world;
    runtime::clock&                       clock = world.world().clock;
    scenario::staged_network              network;
    std::unique_ptr<runtime::mcp_channel> channel;
    runtime::error_code const             late = boost::asio::error::no_buffer_space;
};

}  // namespace play
