#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proxy/mcp_front_session.hpp"
#include "proxy/mcp_porter.hpp"
#include "proxy/mcp_sse_endpoint.hpp"
#include "proxy/mcp_stateless.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace proxy {

// The gateway as an MCP server over streamable HTTP: /mcp with all servers, /mcp/NAME and /NAME/mcp
// with one. HTTP's rules are here; what the messages mean is the session's affair in revisions
// 2024-11-05 to 2025-11-25, and mcp_stateless' from 2026-07-28 on. Each request says which. What
// comes over the older HTTP+SSE goes to mcp_sse_endpoint.
class mcp_endpoint {
public:
    mcp_endpoint(runtime::world const&, config const&, mcp_sessions_place, mcp_log = {});

    static bool owns(std::string_view path);

    // True if the connection may serve another request.
    runtime::awaitable<bool> serve(runtime::stream&, runtime::http_reader&,
                                   runtime::http_request const&, mcp_caller);

    // The session that a request says it belongs to; nothing if it says none.
    static std::optional<std::string> session_in(runtime::http_request const&);

    // Whether a request is answered for as long as somebody has something to tell.
    static bool is_for_news(runtime::http_request const&);

    bool has_session(std::string const& id) const {
        return sessions_.contains(id) || older_.has_session(id);
    }
    bool                     is_empty() const { return sessions_.empty(); }
    runtime::awaitable<void> until_empty();

    // Ends sessions that nobody has used for `session_idle`; a child of the gateway's task_group.
    runtime::awaitable<void> sweep();

    // The gateway ends: whoever waits for an answer is told so, here and in calls to come.
    void refuse_calls();
    // And streams of news end when all that was said is written.
    void finish_streams();

    // Must be awaited before it is destroyed.
    runtime::awaitable<void> stop();

private:
    using session_pointer = std::shared_ptr<mcp_front_session>;
    struct place {
        session_pointer     session;
        runtime::time_point used{};
        mcp_session_count   entry;
    };
    std::optional<mcp_refusal>                    check_post(mcp_visit const&) const;
    std::optional<std::vector<mcp_server const*>> servers_of(mcp_visit const& v) const {
        return porter_.servers_of(v, "mcp");
    }

    runtime::awaitable<bool>   post(mcp_visit&);
    runtime::awaitable<bool>   stateless(mcp_visit&, std::string body, wire::rpc_message const&);
    runtime::awaitable<bool>   batch(mcp_visit&, std::string body, session_pointer);
    runtime::awaitable<bool>   get(mcp_visit&);
    runtime::awaitable<bool>   remove(mcp_visit&);
    runtime::awaitable<bool>   begin_session(mcp_visit&, std::string body);
    runtime::awaitable<bool>   tell_stream(mcp_visit&, session_pointer, std::shared_ptr<mcp_replay>,
                                           std::uint64_t behind);
    std::optional<mcp_refusal> find_session(mcp_visit const&, session_pointer& found);
    runtime::awaitable<void>   end_session(session_pointer);

    runtime::world               world_;
    config const&                config_;
    std::map<std::string, place> sessions_;
    mcp_sessions_place           all_sessions_;
    mcp_log                      log_;
    mcp_porter                   porter_;
    mcp_stateless                stateless_;
    mcp_sse_endpoint             older_;
    runtime::bell                changed_;
    runtime::task_group          endings_;
};

}  // namespace proxy
