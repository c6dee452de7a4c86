#pragma once

#include <functional>
#include <memory>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/link.hpp"
#include "runtime/world.hpp"

namespace scenario {

// A client's connection to the gateway, with the faults of its way. Null if nobody is there: a
// gateway that has ended takes none, and is told of as one that closes it.
inline runtime::awaitable<std::unique_ptr<runtime::stream>> meet_gateway(
    runtime::world const& world, runtime::address const& gateway,
    std::function<runtime::link_faults()> const& faults) {
    std::unique_ptr<runtime::stream> stream;
    boost::system::error_code        refused;
    try {
        stream = co_await world.network.connect(gateway);
    } catch (boost::system::system_error const& why) {
        refused = why.code();
    }
    if (refused == boost::asio::error::connection_refused) co_return nullptr;
    if (refused) throw boost::system::system_error(refused);
    auto on_the_way = faults();
    co_return runtime::linked(std::move(stream), world, std::move(on_the_way));
}

}  // namespace scenario
