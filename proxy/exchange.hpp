#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/chat_request.hpp"
#include "proxy/client_answer.hpp"
#include "proxy/mcp_pool.hpp"
#include "proxy/provider_call.hpp"
#include "proxy/tool_table.hpp"
#include "runtime/world.hpp"

namespace proxy {

// One question of a client and its answer: the model is asked, the tools it calls are run, it
// is asked again, until it has nothing more to call or calls what only the client can run.
//
// Everything that an exchange starts lives in its frame. Leaving the frame, by end, by error or
// because the client hung up, is the cancellation of all of it.
class exchange {
public:
    exchange(runtime::world const&, config const&, mcp_pool&, chat_request, client_answer&);

    // Throws refused, or system_error with a proxy::error.
    runtime::awaitable<void> run();

private:
    // A call of the model, and who has to run it.
    struct call {
        wire::tool_call whole;
        called_tool     target;
        int             shown_as = -1;  // index among the calls that the client sees
        std::string     result;
    };
    // What one turn of the model came to.
    struct turn {
        std::string                        text;
        nlohmann::json                     thinking_blocks;  // null: none
        std::vector<call>                  calls;
        std::map<int, wire::finish_reason> reasons;
        wire::usage                        tokens;
    };

    runtime::awaitable<tool_table>  list_tools();
    runtime::awaitable<void>        list_server(server_index, listed_tools& into);
    runtime::awaitable<void>        try_server(server_index, listed_tools& into,
                                               std::exception_ptr& trouble);
    runtime::awaitable<turn>        ask_model(bool tools_allowed);
    void                            take(turn&, wire::delta const&);
    runtime::awaitable<void>        run_tools(turn&);
    runtime::awaitable<void>        run_tool(call&);
    runtime::awaitable<std::string> result_of(mcp_function target, std::string arguments);
    runtime::awaitable<void>        finish(turn const&);

    bool runs_here(call const&) const;
    void remember(turn const&);

    runtime::world            world_;
    config const&             config_;
    mcp_pool&                 pool_;
    chat_request              request_;
    client_answer&            client_;
    runtime::duration         keep_warm_after_;  // zero: never
    std::optional<tool_table> table_;
    int                       shown_count_ = 0;
    wire::usage               tokens_;  // of all turns together: that is what was used
    nlohmann::json            tool_calls_ = nlohmann::json::array();
    nlohmann::json            call_results_ = nlohmann::json::array();
};

}  // namespace proxy
