#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_outlet.hpp"
#include "proxy/mcp_peer.hpp"
#include "runtime/http.hpp"

namespace proxy {

// The gateway as an MCP server of the modern era (2026-07-28): each request stands alone, says who
// asks, and is over when its client closes. Which server it is for is seen in it, as in a session
// (mcp_front_routing.cpp); nothing is kept but the ways to the servers.
class mcp_stateless {
public:
    mcp_stateless(runtime::world const&, config const&, mcp_log = {});

    // Whether a message or its headers say that they are of this era.
    static bool takes(runtime::http_request const&, wire::rpc_message const&);
    static bool takes(runtime::http_request const&);

    struct visit {
        runtime::stream&               stream;
        runtime::http_reader&          reader;
        runtime::http_request const&   request;
        std::vector<mcp_server const*> servers;
        bool                           prefixed = false;
    };
    // True if the connection may serve another request.
    runtime::awaitable<bool> serve(visit, std::string body, wire::rpc_request const&);

    // The gateway ends: whoever waits for an answer is told so; and who listens, later.
    void refuse_calls();
    void finish_streams();

    // Must be awaited before it is destroyed.
    runtime::awaitable<void> stop();

private:
    struct call {
        std::string                 method;
        std::string                 id_text;
        std::vector<mcp_peer*>      servers;
        bool                        prefixed = false;
        runtime::http_fields        also;  // headers that are passed on
        std::shared_ptr<mcp_outlet> out;
    };

    runtime::awaitable<void>        work(call&, std::string text);
    runtime::awaitable<void>        throw_when_over(bool const& flag);
    static std::string              last_word(call const&);
    runtime::awaitable<std::string> answer_to(call&, std::string text);
    runtime::awaitable<std::string> pass(call&, mcp_peer&, std::string text, mcp_peer::hearer);
    runtime::awaitable<std::string> pass(call&, mcp_peer&, std::string text);
    runtime::awaitable<std::string> by_name(call&, std::string text, bool in_ref);
    runtime::awaitable<std::string> by_task(call&, std::string text);
    runtime::awaitable<std::string> by_uri(call&, std::string text, bool in_ref);
    runtime::awaitable<std::string> list(call&, mcp_list const&, std::string text);
    runtime::awaitable<void>        gather(call&, mcp_list const&, mcp_peer&, std::string text,
                                           std::vector<std::string>&);
    runtime::awaitable<std::string> discover(call&, std::string text);
    runtime::awaitable<std::string> listen(call&, std::string text);

    mcp_peer& peer_of(mcp_server const&);

    runtime::world                                   world_;
    config const&                                    config_;
    mcp_log                                          log_;
    std::map<std::string, std::unique_ptr<mcp_peer>> peers_;
    bool                                             refuses_ = false;
    bool                                             finished_ = false;
    runtime::bell                                    over_;
};

}  // namespace proxy
