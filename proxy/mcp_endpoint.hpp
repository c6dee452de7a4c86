#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "proxy/load.hpp"
#include "proxy/mcp_front_session.hpp"
#include "proxy/mcp_stateless.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace proxy {

// The gateway as an MCP server over streamable HTTP: /mcp with all servers, /mcp/NAME and /NAME/mcp
// with one. HTTP's rules are here; what the messages mean is the session's affair in revisions
// 2024-11-05 to 2025-11-25, and mcp_stateless' from 2026-07-28 on. Each request says which.
class mcp_endpoint {
public:
    mcp_endpoint(runtime::world const&, config const&, mcp_log = {});

    bool owns(std::string_view path) const;

    // True if the connection may serve another request.
    runtime::awaitable<bool> serve(runtime::stream&, runtime::http_reader&,
                                   runtime::http_request const&, std::string principal,
                                   load::kept&);

    // Ends sessions that nobody has used for `session_idle`; a child of the gateway's task_group.
    runtime::awaitable<void> sweep();

    // Must be awaited before it is destroyed.
    runtime::awaitable<void> stop();

private:
    using session_pointer = std::shared_ptr<mcp_front_session>;
    struct place {
        session_pointer     session;
        runtime::time_point used{};
    };
    struct visit {
        runtime::stream&             stream;
        runtime::http_reader&        reader;
        runtime::http_request const& request;
        std::string                  path;
        std::string                  principal;
        load::kept&                  kept;  // what is kept of its body
    };
    struct refusal {
        unsigned    status;
        int         code;
        std::string message;
        std::string allow = {};
        std::string id = {};  // of the message, as it is spelled; empty: none could be read
    };

    std::optional<refusal>                        check_sender(visit const&) const;
    std::optional<std::vector<mcp_server const*>> servers_of(visit const&) const;
    std::optional<refusal>                        check_post(visit const&) const;

    runtime::awaitable<bool> post(visit&);
    runtime::awaitable<bool> stateless(visit&, std::string body, wire::rpc_message const&);
    runtime::awaitable<bool> get(visit&);
    runtime::awaitable<bool> remove(visit&);
    runtime::awaitable<bool> begin_session(visit&, std::string body);
    runtime::awaitable<bool> refuse(visit&, refusal);
    runtime::awaitable<void> say(visit&, unsigned status, std::string body,
                                 runtime::http_fields fields = {});
    runtime::awaitable<bool> tell_stream(visit&, session_pointer, std::shared_ptr<mcp_replay>,
                                         std::uint64_t behind);
    runtime::awaitable<void> pump(visit&, mcp_replay&, runtime::http_chunk_writer&,
                                  std::uint64_t reader, std::uint64_t behind);

    std::optional<refusal>   find_session(visit const&, session_pointer& found);
    runtime::awaitable<void> end_session(session_pointer);
    std::size_t              owned_by(std::string const& principal) const;
    runtime::http_limit      write_limit() const;

    runtime::world               world_;
    config const&                config_;
    std::map<std::string, place> sessions_;
    std::multiset<std::string>   opening_;  // by principal
    mcp_log                      log_;
    mcp_stateless                stateless_;
    runtime::bell                changed_;
    runtime::task_group          endings_;
};

}  // namespace proxy
