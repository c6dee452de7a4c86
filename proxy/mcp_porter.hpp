#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/config.hpp"
#include "proxy/load.hpp"
#include "proxy/mcp_replay.hpp"
#include "proxy/mcp_session_count.hpp"
#include "runtime/http.hpp"
#include "runtime/world.hpp"
#include "wire/json_rpc.hpp"

namespace proxy {

// Who asks.
struct mcp_caller {
    std::string principal;  // a name for the key that was shown: who shows it may use its sessions
    std::string client;     // the same if the limits of one client are for it; else empty
    load::kept& kept;       // what is kept of the request's body
    std::shared_ptr<void> work = {};  // counted as long as somebody holds it
};

// One HTTP request to the gateway as an MCP server.
struct mcp_visit {
    runtime::stream&             stream;
    runtime::http_reader&        reader;
    runtime::http_request const& request;
    std::string                  path;  // without the query, and without a '/' at its end
    mcp_caller                   caller;

    std::string const* header(std::string_view name) const {
        return runtime::find_field(request.fields, name);
    }
};

// Why a visitor is not let in: an HTTP status with an error of JSON-RPC.
struct mcp_refusal {
    unsigned    status;
    int         code;
    std::string message;
    std::string allow = {};
    std::string id = {};  // of the message, as it is spelled; empty: none could be read
};

// What both of the gateway's own transports of MCP have in common: who may come in, which servers
// are meant, and how an answer or a stream is written.
class mcp_porter {
public:
    mcp_porter(runtime::world const& w, config const& c) : world_(w), config_(c) {}

    std::optional<mcp_refusal> check_sender(mcp_visit const&) const;
    std::optional<mcp_refusal> check_type(mcp_visit const&) const;  // of a body
    std::optional<mcp_refusal> too_large(std::string const& value, char const* limit_name) const;
    std::optional<mcp_refusal> too_many(mcp_session_count const&) const;
    mcp_refusal                too_many_asked() const;  // at a time in one session

    // The body of a POST, within its limits; and the message in it, or why it is none.
    runtime::awaitable<std::string> body_of(mcp_visit&) const;
    std::optional<mcp_refusal>      read(std::string const& body, wire::rpc_message& into) const;

    // "mcp" of /mcp, /mcp/NAME and /NAME/mcp: all servers, or those that the header x-mcp-servers
    // names, or the one. Nothing if there is no such server.
    std::optional<std::vector<mcp_server const*>> servers_of(mcp_visit const&,
                                                             std::string_view word) const;
    static bool is_at(std::string_view path, std::string_view word);

    // True if the connection may serve another request.
    runtime::awaitable<bool> refuse(mcp_visit&, mcp_refusal) const;
    runtime::awaitable<void> say(mcp_visit&, unsigned status, std::string body,
                                 runtime::http_fields fields = {}) const;

    // What a stream has behind this event, and what comes, until it is finished or somebody else
    // reads it; then the end of the body.
    runtime::awaitable<void> pump(mcp_replay&, runtime::http_chunk_writer&, std::uint64_t reader,
                                  std::uint64_t behind) const;

    runtime::http_limit write_limit() const;

private:
    runtime::world world_;
    config const&  config_;
};

}  // namespace proxy
