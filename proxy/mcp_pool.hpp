#pragma once

#include <list>
#include <memory>
#include <optional>

#include "proxy/mcp_session.hpp"
#include "proxy/restart_pace.hpp"
#include "runtime/bell.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// The sessions with all configured MCP servers. A server gets one session, opened when it is
// first needed, kept across listing and calling, and shared by all requests: the gateway's own
// credentials are the only ones that ever go there, so no caller can see another's. A session
// that nobody has used for `session_idle` is ended.
class mcp_pool {
public:
    mcp_pool(runtime::world const&, config const&);

    // Opens a session if there is none; callers that come meanwhile wait for the same one.
    // Hold the pointer while the session is used, no longer.
    runtime::awaitable<std::shared_ptr<mcp_session>> session(mcp_server const&);

    // Ends the sessions that have been idle too long, again and again; a child of the
    // gateway's task_group.
    runtime::awaitable<void> sweep();

    // Ends all sessions; must be awaited before the pool is destroyed.
    runtime::awaitable<void> end();

private:
    struct place {
        std::shared_ptr<mcp_session> session;
        bool                         opening = false;
        std::optional<mcp_era>       era;  // that it spoke the last time
        runtime::time_point          used{};
        restart_pace                 pace;  // of a program that keeps dying
    };

    runtime::awaitable<void> end_session(std::shared_ptr<mcp_session>);
    runtime::time_point      retire_idle();
    void                     retire(place&);

    runtime::world               world_;
    config const&                config_;
    std::map<std::string, place> places_;  // by server name or visited URL
    runtime::bell                changed_;
    runtime::task_group          endings_;
};

}  // namespace proxy
