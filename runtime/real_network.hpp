#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "runtime/clock.hpp"
#include "runtime/network.hpp"
#include "runtime/real.hpp"
#include "runtime/real_census.hpp"
#include "runtime/real_crew.hpp"
#include "runtime/real_tls.hpp"
#include "runtime/real_tls_server.hpp"

namespace runtime {

// Held by each listener: what it shows changes under it.
using shown_identity = std::shared_ptr<std::shared_ptr<tls_identity const>>;

// TCP, TLS over it, and child processes of this machine.
class real_network final : public network {
public:
    // `crew` is null for a world that is alone.
    real_network(asio::io_context& loop, runtime::clock& clock, census& open, tls_options options,
                 std::shared_ptr<real_crew> crew)
        : loop_(loop),
          clock_(clock),
          open_(open),
          options_(std::move(options)),
          crew_(std::move(crew)) {
        if (options_.read_at_start && !crew_) tls_ = std::make_shared<tls_client>(options_);
    }

    awaitable<std::unique_ptr<stream>>                          connect(address to) override;
    std::unique_ptr<listener>                                   listen(address at) override;
    std::unique_ptr<child>                                      spawn(command const&) override;
    std::pair<std::unique_ptr<stream>, std::unique_ptr<stream>> pair() override;

    // What listeners with `tls` show from the next connection on.
    void show(std::shared_ptr<tls_identity const> i) { *identity_ = std::move(i); }

private:
    asio::io_context&           loop_;
    runtime::clock&             clock_;
    census&                     open_;
    tls_options                 options_;
    std::shared_ptr<real_crew>  crew_;
    std::shared_ptr<tls_client> tls_;  // made for the first who wants it
    shown_identity              identity_ = std::make_shared<shown_identity::element_type>();
};

}  // namespace runtime
