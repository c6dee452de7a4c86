#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "runtime/clock.hpp"
#include "runtime/network.hpp"
#include "runtime/real.hpp"
#include "runtime/real_census.hpp"
#include "runtime/real_tls.hpp"

namespace runtime {

// TCP, TLS over it, and child processes of this machine.
class real_network final : public network {
public:
    real_network(asio::io_context& loop, runtime::clock& clock, census& open, tls_options options)
        : loop_(loop), clock_(clock), open_(open), options_(std::move(options)) {
        if (options_.read_at_start) tls_ = std::make_unique<tls_client>(options_);
    }

    awaitable<std::unique_ptr<stream>>                          connect(address to) override;
    std::unique_ptr<listener>                                   listen(address at) override;
    std::unique_ptr<child>                                      spawn(command const&) override;
    std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> pair() override;

private:
    asio::io_context&           loop_;
    runtime::clock&             clock_;
    census&                     open_;
    tls_options                 options_;
    std::unique_ptr<tls_client> tls_;  // made for the first who wants it
};

}  // namespace runtime
