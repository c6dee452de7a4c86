#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proxy/client_answer.hpp"
#include "proxy/load.hpp"
#include "proxy/mcp_pool.hpp"
#include "proxy/meters.hpp"
#include "proxy/model_router.hpp"
#include "proxy/provider_call.hpp"
#include "proxy/question.hpp"
#include "proxy/request_trace.hpp"
#include "proxy/tool_table.hpp"
#include "runtime/world.hpp"
#include "wire/word_lane.hpp"

namespace proxy {

// One question of a client and its answer: the model is asked, the tools it calls are run, it
// is asked again, until it has nothing more to call or calls what only the client can run.
//
// Everything that an exchange starts lives in its frame. Leaving the frame, by end, by error or
// because the client hung up, is the cancellation of all of it.
class exchange {
public:
    // What all exchanges of a gateway share.
    struct services {
        runtime::world const& world;
        proxy::config const&  config;
        model_router&         router;
        mcp_pool&             pool;
        proxy::meters&        meters;
        request_trace&        trace;
        proxy::load&          load;
    };
    // What went wrong and was mended on the way, for the operator.
    using log = std::function<void(std::string const& line)>;

    exchange(services const&, question, client_answer&, log);

    // Throws refused, or system_error with a proxy::error.
    runtime::awaitable<void> run();

    // How long after the question the first of the answer was with the client.
    std::optional<runtime::duration> const& first_token() const { return first_token_; }

private:
    // A call of the model, and who has to run it.
    struct call {
        // nobody: it is one more than the client allows, and the model is told so.
        enum class runner { client, client_if_it_likes, gateway, nobody };

        gateway_call said;
        called_tool  target;
        runner       by = runner::client;
        int          shown_as = -1;  // index among the calls that the client sees
    };
    // What one turn of the model came to.
    struct turn {
        model const*                       from = nullptr;
        std::string                        text;
        nlohmann::json                     thinking_blocks;  // null: none
        std::vector<call>                  calls;
        std::map<int, wire::finish_reason> reasons;
        wire::usage                        tokens;
        bool                               is_heard = false;  // something of it is with the client
    };

    runtime::awaitable<void> list();
    runtime::awaitable<turn> ask_model(bool tools_allowed);
    runtime::awaitable<void> ask(model const&, wire::conversation const&, turn&,
                                 request_trace::part&);
    runtime::awaitable<void> rest(runtime::duration);
    void                     take(turn&, wire::told const&);
    void                     take(turn&, wire::words const&);
    void                     take(turn&, wire::delta const&);
    bool                     keeps_words() const;
    void                     take_call(turn&, wire::tool_begins const&);
    runtime::awaitable<void> run_approved();
    runtime::awaitable<void> run_tools(turn&);
    runtime::awaitable<void> run_tool(call&);
    runtime::awaitable<void> result_of(mcp_function target, gateway_call&);
    runtime::awaitable<void> finish(turn const&);

    call make_call(wire::tool_call) const;
    bool may_run_more() const {
        return !request_.tool_calls_max || gateway_calls_ < *request_.tool_calls_max;
    }
    void remember(turn const&);

    runtime::world                   world_;
    config const&                    config_;
    model_router&                    router_;
    mcp_pool&                        pool_;
    meters&                          meters_;
    request_trace&                   trace_;
    load&                            load_;
    question                         request_;
    client_answer&                   client_;
    log                              log_;
    runtime::time_point              asked_at_;
    std::optional<runtime::duration> first_token_;
    model const*                     answered_by_ = nullptr;  // of the last turn
    runtime::duration                keep_warm_after_;        // zero: never
    std::optional<tool_table>        table_;
    std::vector<shown_tool>          shown_;  // the tools of table_, for the client
    int                              shown_count_ = 0;
    std::size_t                      gateway_calls_ = 0;
    wire::usage                      tokens_;  // of all turns together: that is what was used
    std::vector<gateway_call>        ran_;
};

}  // namespace proxy
