#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http.hpp"
#include "runtime/link.hpp"
#include "runtime/task_group.hpp"
#include "runtime/trace.hpp"
#include "runtime/world.hpp"
#include "scenarios/gatekeeper.hpp"
#include "scenarios/mcp_client.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/spelled_request.hpp"

namespace scenario {

// A client of the gateway, playing its script: every request on a connection of its own.
class test_client {
public:
    test_client(runtime::world, runtime::trace&, gatekeeper&, client_script, common_request,
                runtime::address gateway, std::function<runtime::link_faults()> faults);

    // All steps, and the end of every exchange that they began.
    runtime::awaitable<void> run();
    runtime::awaitable<void> stop();

    // What it is doing, for the report of a hang; empty if it is done.
    std::string doing() const;

private:
    struct exchange;

    runtime::awaitable<void> step(client_step const&);
    runtime::awaitable<void> request(client_step const&, char const* method, char const* verb);
    runtime::awaitable<void> begin(std::string verb, std::string words, std::string request,
                                   nlohmann::json detail);
    runtime::awaitable<void> read_answer(std::shared_ptr<exchange>);
    runtime::awaitable<void> read_body(exchange&);
    runtime::awaitable<void> read_until_closed(exchange&);
    runtime::awaitable<void> until_exchange_is_over();
    void                     leave(bool reset);

    void remember(std::string const& verb, std::string const& words, nlohmann::json const& detail);
    std::string    http_request(std::string const& method, std::string const& path,
                                std::string const& body, client_step const&) const;
    nlohmann::json request_detail(std::string const& path, std::string const& body) const;

    void note(exchange const&, bool from_client, std::string verb, std::string words = {},
              nlohmann::json detail = nullptr, bool quiet = false);

    runtime::world                        world_;
    runtime::trace&                       trace_;
    gatekeeper&                           gates_;
    client_script                         script_;
    common_request                        common_;
    last_response                         last_;
    runtime::address                      gateway_;
    std::function<runtime::link_faults()> faults_;
    runtime::task_group                   reading_;
    mcp_client                            mcp_;
    std::shared_ptr<exchange>             current_;
    runtime::bell                         changed_;
    client_step const*                    at_ = nullptr;
    std::size_t                           allowance_ = 0;  // bytes left of `read N`
    bool                                  paused_ = false;
    bool                                  metered_ = false;
    bool                                  done_ = false;
};

}  // namespace scenario
