#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

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
    // Where its sessions are counted with those of others, and how their ids end.
    struct sessions_place {
        std::atomic<std::size_t>& count;
        std::string               mark;
    };
    mcp_endpoint(runtime::world const&, config const&, sessions_place);

    static bool owns(std::string_view path);

    // True if the connection may serve another request.
    runtime::awaitable<bool> serve(runtime::stream&, runtime::http_reader&,
                                   runtime::http_request const&, std::string principal);

    bool has_session(std::string const& id) const { return sessions_.contains(id); }
    bool is_empty() const { return sessions_.empty(); }
    runtime::awaitable<void> until_empty();

    // Ends sessions that nobody has used for `session_idle`; a child of the gateway's task_group.
    runtime::awaitable<void> sweep();

    // Must be awaited before it is destroyed.
    runtime::awaitable<void> stop();

private:
    using session_pointer = std::shared_ptr<mcp_front_session>;
    // A session that is there or being opened, as one of those that all loops have.
    class counted {
    public:
        explicit counted(std::atomic<std::size_t>& all) : all_(&all) { ++all; }
        counted(counted&& other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
        counted& operator=(counted&&) = delete;
        ~counted() {
            if (all_) --*all_;
        }

    private:
        std::atomic<std::size_t>* all_;
    };
    struct place {
        session_pointer     session;
        runtime::time_point used{};
        counted             entry;
    };
    struct visit {
        runtime::stream&             stream;
        runtime::http_reader&        reader;
        runtime::http_request const& request;
        std::string                  path;
        std::string                  principal;
    };
    struct refusal {
        unsigned    status;
        int         code;
        std::string message;
        std::string allow = {};
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
    runtime::http_limit      write_limit() const;

    runtime::world               world_;
    config const&                config_;
    std::map<std::string, place> sessions_;
    sessions_place               all_sessions_;
    mcp_stateless                stateless_;
    runtime::bell                changed_;
    runtime::task_group          endings_;
};

}  // namespace proxy
