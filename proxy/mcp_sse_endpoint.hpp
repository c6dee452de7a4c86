#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proxy/mcp_front_session.hpp"
#include "proxy/mcp_porter.hpp"
#include "proxy/mcp_session_count.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// The gateway as an MCP server over HTTP+SSE, the transport of revision 2024-11-05: /sse with all
// servers, /sse/NAME and /NAME/sse with one. A GET opens the session: its stream says first where
// messages are posted, and then all that a server says, answers too. It cannot be gone on with: who
// leaves it has ended the session, and what is running in it.
class mcp_sse_endpoint {
public:
    mcp_sse_endpoint(runtime::world const&, config const&, mcp_porter const&,
                     mcp_sessions_place const&, mcp_log const&);

    static bool owns(std::string_view path);

    // The session in the target of a request; nothing if it is for none.
    static std::optional<std::string> session_in(std::string_view target);

    // Of a visitor whom the porter has let in. True if the connection may serve another request.
    runtime::awaitable<bool> serve(mcp_visit&);

    bool has_session(std::string const& id) const { return sessions_.contains(id); }

    // See mcp_endpoint.
    void refuse_calls();
    void finish_streams();

    // When all visitors are out; must be awaited before it is destroyed.
    runtime::awaitable<void> stop();

private:
    struct place {
        std::shared_ptr<mcp_front_session> session;
        bool                               begun = false;  // initialize has come
    };

    runtime::awaitable<bool> open(mcp_visit&);
    runtime::awaitable<bool> post(mcp_visit&);
    runtime::awaitable<bool> batch(mcp_visit&, std::string body, mcp_front_session&);
    runtime::awaitable<std::optional<mcp_refusal>> take(std::string text, wire::rpc_message, place&,
                                                        std::shared_ptr<void> work);
    runtime::awaitable<void>                       end_session(std::shared_ptr<mcp_front_session>);

    runtime::world               world_;
    config const&                config_;
    mcp_porter const&            porter_;
    mcp_sessions_place const&    all_sessions_;
    mcp_log const&               log_;
    std::map<std::string, place> sessions_;
    runtime::task_group          endings_;
};

}  // namespace proxy
