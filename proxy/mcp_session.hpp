#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/config.hpp"
#include "proxy/error.hpp"
#include "runtime/mcp_transport.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace proxy {

// Whether this is how a server that does not speak the modern era answers a question in it. Silence
// and trouble with keys tell nothing of a server that is reached over HTTP.
bool is_refusal_of_modern(boost::system::error_code, runtime::mcp_channel const&, bool is_program);

// How a configured server is reached, and what it may cost.
runtime::mcp_endpoint       endpoint_of(mcp_server const&);
runtime::mcp_channel_limits channel_limits(limits const&, runtime::duration connect);

// One initialized session with one MCP server, used by any number of requests at a time.
// Everything thrown is `refused` (listing_timeout, tool_timeout, listing_failed, tool_failed,
// each naming the server), or operation_aborted for a caller that was cancelled.
class mcp_session {
public:
    // `first`: the era in which the server is asked first.
    mcp_session(runtime::world const&, mcp_server const&, limits const&, runtime::duration connect,
                mcp_era first);

    // Finds out which era the server speaks; in the legacy one initialize and
    // notifications/initialized. Within the server's listing limit.
    runtime::awaitable<void> open();

    // What it spoke, once it is open.
    mcp_era era() const { return era_; }

    // All pages of tools/list, within the server's listing limit.
    runtime::awaitable<std::vector<wire::mcp::tool>> list_tools();

    // tools/call. The limit begins again with each progress notification, up to tool_call_total;
    // the limit of the whole request stays. Dropped before its result, the call is cancelled at the
    // server.
    runtime::awaitable<wire::mcp::call_result> call_tool(std::string    tool,
                                                         nlohmann::json arguments);

    // In good order; must be awaited before the session is destroyed.
    runtime::awaitable<void> end();

    // False once it must not be used any more; a new one has to be opened.
    bool alive() const { return channel_ && channel_->alive(); }
    // The server does not know our session id any more: the message was not taken, so it may be
    // sent again in a new session.
    bool was_lost() const { return lost_; }
    // Whether its end is a death, of a program or a stream, which is not repaired at once.
    bool may_die() const { return channel_ ? channel_->is_shared() : server_.shares_channel(); }
    // Of one that is not alive.
    runtime::time_point gone_at() const {
        return channel_ ? channel_->gone_at() : runtime::time_point();
    }

private:
    runtime::awaitable<void>                         find_era();
    runtime::awaitable<bool>                         discover();
    runtime::awaitable<void>                         initialize();
    void                                             connect_channel();
    runtime::awaitable<std::vector<wire::mcp::tool>> list_pages();
    [[noreturn]] void                                refuse_list(std::string const& why) const;
    runtime::awaitable<nlohmann::json> ask(wire::rpc_request, runtime::mcp_channel::listener,
                                           runtime::http_fields also = {});
    [[noreturn]] void translate(boost::system::error_code why, error late, error failed,
                                std::string const& doing);
    std::int64_t      next_id() { return ++last_id_; }

    runtime::world                        world_;
    mcp_server const                      server_;  // by value: it may outlive a reload
    limits const&                         limits_;
    runtime::duration                     connect_;
    mcp_era                               era_;
    std::unique_ptr<runtime::mcp_channel> channel_;
    // What a server of the modern era wants repeated in headers, by tool.
    std::map<std::string, std::vector<wire::mcp::mirrored>> mirrored_;
    std::int64_t                                            last_id_ = 0;
    bool                                                    lost_ = false;
};

}  // namespace proxy
