#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "bench/exchange.hpp"
#include "proxy/gateway.hpp"
#include "runtime/real.hpp"

namespace bench {

// What stands between a client and a provider: "relay", or a gateway whose provider speaks like
// "openai", "anthropic", ...
class server {
public:
    server(runtime::real_world&, std::string const& role, runtime::address provider);
    ~server();

    runtime::address const& address() const { return at_; }

private:
    runtime::real_world&            world_;
    background<runtime::real_world> beside_;
    std::optional<proxy::gateway>   gateway_;
    runtime::address                at_;
};

// Several of them on a thread and a loop of their own, as a gateway would be.
class served {
public:
    struct place {
        std::string      role;
        runtime::address provider;
    };
    explicit served(std::vector<place> const&);
    ~served();

    runtime::address const& operator[](std::size_t i) const { return at_[i]; }

    // What the thread has used so far.
    struct usage {
        std::int64_t  nanoseconds = 0;
        std::uint64_t allocations = 0;
    };
    usage used() const;

private:
    runtime::real_world*          world_ = nullptr;
    boost::asio::any_io_executor  executor_;
    std::vector<runtime::address> at_;
    std::thread                   thread_;
};

}  // namespace bench
