#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mock_mcp/mock_mcp.hpp"
#include "mock_providers/mock_provider.hpp"
#include "proxy/gateway.hpp"
#include "runtime/trace.hpp"
#include "scenarios/canary.hpp"
#include "scenarios/gatekeeper.hpp"
#include "scenarios/gateway_config.hpp"
#include "scenarios/mcp_tap.hpp"
#include "scenarios/planted.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/staged_network.hpp"
#include "scenarios/test_client.hpp"

namespace scenario {

// The actors of one scenario, put up in one world and struck again. Knows neither which world
// it is nor what a verdict is.
class performance {
public:
    // Of a gateway in a process of its own.
    struct elsewhere {
        addresses       where;
        std::string     key;
        request_headers headers_of;
        nlohmann::json  body;  // members of each common request
        // Makes a connection to this address fail so, as long as what it gives is there.
        std::function<std::shared_ptr<void>(runtime::address const&, connect_fault)> block;
        // Ends it while the mocks still hear its farewells; null: it runs on.
        std::function<runtime::awaitable<void>()>                                    stop;
    };

    struct choices {
        std::optional<std::uint64_t> cut;
        bool          own_addresses = false;  // loopback and free ports, for real sockets
        std::uint16_t first_port = 0;         // of those; the others follow. 0: free ones
        bool          with_gateway = true;
        bool          with_clients = true;
        bool          with_canary = true;  // where there are a gateway and clients
        // A gateway that is not ours: where it and all actors are, and what it wants to hear.
        std::optional<elsewhere> gateway_elsewhere;
        // What is written on the nth connection of this way is measured.
        struct way {
            std::string from;
            std::string to;
            int         connection = 1;
        };
        std::optional<way>    measured;
        planted_fault const*  planted = nullptr;  // the defect of the gateway, if it has one
        std::function<void()> run_loop;           // the world's loop, for a defect that nests it
    };

    performance(scenario const&, runtime::world, choices);
    ~performance();

    void start();  // listens everywhere; the clients begin

    bool clients_done() const;

    // When they are: the canary falls silent, and the next client asks.
    runtime::awaitable<void> ask_again();
    bool                     asked_again() const { return !canary_ || canary_->asked_again(); }

    // Everybody stops; must be awaited before this is destroyed.
    runtime::awaitable<void> strike();

    runtime::trace&                 trace() { return trace_; }
    runtime::trace&                 mcp_trace() { return mcp_trace_; }  // by mcp_tap
    std::vector<runtime::event>     take_beside();  // what the canary has seen, at the end
    addresses const&                where() const { return addresses_; }
    std::vector<std::string> const& gateway_log() const { return log_; }
    std::vector<std::size_t> const& measured() const { return measured_; }  // sizes, in order

    // Who is still waiting for what, for the report of a hang.
    struct waiting {
        std::string who;
        std::string what;
        place       where;
    };
    std::vector<waiting> still_waiting() const;

private:
    std::unique_ptr<runtime::listener>    open(std::string const& name);
    runtime::address                      address_for(std::string const& name);
    void                                  start_gateway(proxy::config);
    bool                                  wants_canary() const;
    bool                                  is_refused(std::string const& name) const;
    std::function<runtime::link_faults()> faults_of(std::string const& us, std::string const& them);
    void                                  read_network();
    void                                  fill_in_waits();
    void                                  start_clients();
    common_request                        common();
    runtime::awaitable<void>              end_gateway();

    scenario                     scenario_;  // a copy: its gates are filled in
    runtime::world               outer_;
    choices                      choices_;
    runtime::trace               trace_;
    runtime::trace               mcp_trace_;
    mcp_tap                      tap_;
    gatekeeper                   gates_;
    staged_network               network_;
    addresses                    addresses_;
    std::optional<planted_world> planted_;
    runtime::world               gateways_;  // as the gateway sees it
    std::vector<std::string>     log_;
    std::vector<std::size_t>     measured_;
    std::uint64_t                link_count_ = 0;
    std::uint16_t                port_count_ = 0;

    struct link_rule {
        std::string          from;
        std::string          to;
        std::string          fault;
        runtime::fault_words words;
        int                  connection = 0;  // 0: on all of this way
    };
    std::vector<link_rule> rules_;

    std::list<mock::mock_provider>     providers_;
    std::list<mock_mcp::mock_mcp>      servers_;
    std::list<tapped_network>          tapped_;  // of the clients
    std::list<test_client>             clients_;
    std::vector<std::shared_ptr<void>> blocked_;  // addresses where nobody is reached
    runtime::task_group                joined_;   // programs of a gateway elsewhere
    std::optional<proxy::gateway>      gateway_;
    runtime::duration                  drain_patience_{};
    bool                               is_ending_ = false;  // the gateway, as a script wants it
    runtime::task_group                ending_;
    std::optional<canary>              canary_;
    runtime::task_group                playing_;
    std::size_t                        clients_left_ = 0;
};

}  // namespace scenario
