#pragma once

#include <memory>

#include "proxy/gateway_commons.hpp"
#include "proxy/gateway_plan.hpp"
#include "proxy/key_check.hpp"
#include "proxy/mcp_endpoint.hpp"
#include "proxy/mcp_pool.hpp"
#include "proxy/model_router.hpp"
#include "proxy/span_exporter.hpp"
#include "runtime/bell.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// What a loop serves requests on: a configuration and all that was made by it. When the
// configuration is read anew, what comes is served on a new ground; what has begun, and the
// sessions of MCP clients, stay on the old one until they are over.
class gateway_ground {
public:
    // `mark` ends the ids of sessions that begin here; `log` hears what of a list is left out.
    gateway_ground(runtime::world const&, std::shared_ptr<gateway_plan>, gateway_commons&, meters&,
                   std::string mark, mcp_log log);

    // Begins to look after its sessions; end() must be awaited from then on.
    void begin();

    config const& settings() const { return plan_->settings; }

    // A request that is served here, as long as it lives.
    class use {
    public:
        explicit use(std::shared_ptr<gateway_ground> g) : ground_(std::move(g)) {
            ++ground_->users_;
        }
        ~use() {
            --ground_->users_;
            ground_->left_.ring();
        }
        use(use const&) = delete;

    private:
        std::shared_ptr<gateway_ground> ground_;
    };

    // Until nothing is served here any more and no session is left.
    runtime::awaitable<void> until_left();

    // Ends all sessions and sends what spans there are.
    runtime::awaitable<void> end();

private:
    std::shared_ptr<gateway_plan> plan_;

public:
    key_check    keys;
    model_router router;
    mcp_pool     pool;
    mcp_endpoint mcp;

    std::optional<span_exporter> spans;  // if there is a collector

private:
    std::size_t         users_ = 0;
    runtime::bell       left_;
    runtime::task_group sweeps_;
};

}  // namespace proxy
