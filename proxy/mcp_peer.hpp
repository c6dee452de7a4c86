#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "proxy/mcp_upstream.hpp"
#include "runtime/bell.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// One MCP server, as requests of the modern era see it: nothing is kept between them, so one serves
// all clients. Texts in and out are of that era. A server that does not speak it is asked in the
// legacy one, in a session of the gateway's own that offers nothing: it can ask nobody anything
// there, and what has no counterpart is answered here.
//
// Which era it speaks is seen once: over HTTP by what it says to the first request, over stdio by
// server/discover.
class mcp_peer {
public:
    using hearer = runtime::mcp_channel::hearer;

    mcp_peer(runtime::world const&, config const&, mcp_server const&);

    mcp_server const& server() const { return server_; }

    // A request, and HTTP headers of its own. What the server says before the answer is told to
    // `heard`. Whoever leaves this has cancelled the request at the server. Throws mcp_failure.
    runtime::awaitable<std::string> ask(std::string request, runtime::http_fields also,
                                        hearer heard);

    // Must be awaited before it is destroyed.
    runtime::awaitable<void> end();

private:
    using channel = std::shared_ptr<runtime::mcp_channel>;
    // A request whose ids are ours on the way: over stdio, and in the legacy era.
    struct call {
        std::string    id_text;  // as the client spelled it
        std::string    token;    // of its progress; empty: none
        bool           wants_log = false;
        nlohmann::json filter;  // of what it has subscribed to; null: nothing
        hearer         heard;
    };

    channel                         open_channel() const;
    runtime::awaitable<std::string> ask_over_http(std::string const&   request,
                                                  runtime::http_fields also, hearer heard);
    runtime::awaitable<std::string> ask_program(std::string const& request, hearer heard);
    runtime::awaitable<std::string> ask_legacy(std::string const& request, hearer heard);
    runtime::awaitable<std::string> listen_legacy(std::string const& request, hearer heard);
    std::string                     discovered(std::string const& id) const;

    runtime::awaitable<void> start_program();
    runtime::awaitable<void> listen_to(channel);
    runtime::awaitable<void> begin_legacy();
    runtime::awaitable<void> hear(std::string text);
    runtime::awaitable<void> tell_listeners(std::string const& method, std::string text);
    runtime::awaitable<void> say(channel, std::string text);
    runtime::awaitable<void> say_legacy(std::string text);
    runtime::awaitable<void> end_channel(channel);
    call*                    call_of(std::string_view spelled_id);

    runtime::world                world_;
    config const&                 config_;
    mcp_server const              server_;
    std::optional<mcp_era>        era_;
    channel                       program_;
    std::unique_ptr<mcp_upstream> legacy_;
    bool                          opening_ = false;
    restart_pace                  pace_;
    std::int64_t                  last_id_ = 0;
    std::map<std::int64_t, call>  calls_;
    std::size_t                   listeners_ = 0;  // of a legacy server's stream
    runtime::bell                 changed_;
    runtime::task_group           listening_;
    runtime::task_group           tasks_;
};

}  // namespace proxy
