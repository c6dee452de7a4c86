#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/mcp_lists.hpp"
#include "proxy/mcp_replay.hpp"
#include "proxy/mcp_upstream.hpp"
#include "proxy/progress_limit.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// One session with an MCP client: its requests on their way to the servers, what the servers ask
// it, its streams. Each server has a session of its own for it.
//
// A message is never taken apart and put together again: only ids, and names that have a server's
// in front, are changed in its text (wire/json_slices). The ids of both sides are told apart by
// session, direction and type.
class mcp_front_session {
public:
    struct identity {
        std::string                    id;
        std::string                    principal;  // whose key began it
        std::string                    path;       // where it was begun; it lives nowhere else
        std::vector<mcp_server const*> servers;
        bool                           prefixed = false;
        bool                           one_stream = false;  // HTTP+SSE: all is said on standing()
        mcp_log                        log = {};
    };
    // A message of the client, and what it says.
    using asked = std::pair<std::string, wire::rpc_request>;

    mcp_front_session(runtime::world const&, config const&, identity);

    identity const&    who() const { return who_; }
    std::string const& revision() const { return revision_; }

    // initialize: the text of the answer, which may be an error.
    runtime::awaitable<std::string> open(std::string request);
    // The same with the answer on standing(), which ends with it if it is an error.
    void                            open_on_stream(std::string request);
    bool                            is_open() const { return !revision_.empty(); }

    // Any other request, or several in a batch: the stream that the answers come on, which lives on
    // when the client breaks off. Null if an id is in use or there are too many; nothing is done
    // then.
    // `work` is held until they are answered.
    std::shared_ptr<mcp_replay> ask(std::vector<asked>, std::shared_ptr<void> work = {});

    // A notification, or an answer to what a server has asked.
    runtime::awaitable<void> tell(std::string text, wire::rpc_message const&);

    // The one for what belongs to no request.
    std::shared_ptr<mcp_replay> standing() { return standing_; }
    std::shared_ptr<mcp_replay> stream(std::uint64_t number);

    bool busy() const { return !calls_.empty() || standing_->attached(); }

    // Whoever waits, or is going to, is told that the gateway ends.
    void refuse_calls();

    // Ends what is pending with errors, and the sessions with the servers. Must be awaited before
    // it is destroyed.
    runtime::awaitable<void> end();
    bool                     over() const { return over_; }  // end() is done, for better or worse

private:
    // A request of the client.
    struct call {
        wire::rpc_id                  id;
        std::string                   id_text;  // as the client spelled it
        std::string                   method;
        std::string                   token;  // of its progress, as spelled; empty: none
        std::shared_ptr<mcp_replay>   stream;
        mcp_upstream*                 at = nullptr;
        std::int64_t                  upstream_id = 0;
        std::optional<progress_limit> limit;
        std::shared_ptr<void>         work;
        bool                          cancelled = false;
        bool                          moved_to_stdio = false;
        runtime::bell                 changed;
    };
    // A request of a server, told to the client under an id of ours.
    struct question {
        mcp_upstream*               from = nullptr;
        std::string                 id_text;
        std::string                 token;
        call*                       during = nullptr;
        std::shared_ptr<mcp_replay> stream;
    };
    using call_pointer = std::shared_ptr<call>;

    // mcp_front_routing.cpp: which server a request is for
    runtime::awaitable<std::string> answer_to(call&, std::string text);
    runtime::awaitable<std::string> list(call&, mcp_list const&, std::string text);
    runtime::awaitable<std::string> by_name(call&, std::string text, bool in_ref);
    runtime::awaitable<std::string> by_uri(call&, std::string text, bool in_ref);
    runtime::awaitable<std::string> by_task(call&, std::string text);
    runtime::awaitable<std::string> set_level(call&, std::string text);
    runtime::awaitable<void>        gather(call&, mcp_list const&, mcp_upstream&,
                                           std::vector<std::string>&);
    mcp_upstream*                   first_with(std::string_view capability);

    // mcp_relay.cpp: to a server and back
    runtime::awaitable<void>        serve(call_pointer, std::string text);
    runtime::awaitable<std::string> pass(call&, mcp_upstream&, std::string text);
    runtime::awaitable<std::string> fetch(mcp_upstream&, std::string text);
    runtime::awaitable<void>        until_over(call&);
    runtime::awaitable<void>        hear(mcp_upstream&, call*, std::string text);
    runtime::awaitable<void>        ask_client(mcp_upstream&, call*, std::string text,
                                               wire::rpc_request const&);
    runtime::awaitable<void>        watch_question(std::int64_t id);
    runtime::awaitable<void>        answer_server(std::string text, wire::rpc_response const&);
    runtime::awaitable<void>        say_to(mcp_upstream&, std::string text);
    void                            cancel_at_server(call const&, std::string const& reason);
    call*                           call_with_token(std::string_view token);
    call*                           call_running_at(mcp_upstream const&, std::string_view method);
    void                            note_task(call const&, std::string_view answer);
    bool                            waits_for_client(call const&) const;
    void                            forget_stream();
    void begin_call(asked, std::shared_ptr<mcp_replay> stream, std::shared_ptr<void> work);
    runtime::awaitable<void> open_and_tell(std::string request);

    runtime::awaitable<void> open_one(std::size_t, std::string params,
                                      std::vector<std::string>&                answers,
                                      std::vector<std::optional<mcp_failure>>& failures);
    std::string              merged_answer(std::string_view id) const;

    runtime::world                                       world_;
    config const&                                        config_;
    identity                                             who_;
    std::string                                          revision_;
    std::vector<std::unique_ptr<mcp_upstream>>           upstreams_;
    std::shared_ptr<mcp_replay>                          standing_;
    std::map<std::uint64_t, std::shared_ptr<mcp_replay>> streams_;
    std::map<wire::rpc_id, call_pointer>                 calls_;
    std::map<std::int64_t, question>                     questions_;
    std::map<std::string, std::size_t> owners_;  // of resources, by what was listed
    // Of calls that have become tasks, whose progress goes on when they are answered: the client's
    // token, by what we have said to the server in its place.
    std::map<std::pair<mcp_upstream const*, std::string>, std::string> task_tokens_;
    // Tasks of the client's own, and for whom it does them.
    std::map<std::string, mcp_upstream*>                               client_tasks_;
    std::uint64_t                                                      stream_count_ = 0;
    std::int64_t                                                       question_count_ = 0;
    runtime::bell                                                      answered_;
    bool                                                               over_ = false;
    bool                                                               refuses_ = false;
    runtime::task_group                                                tasks_;
    runtime::task_group cancels_;  // on their way to servers
};

}  // namespace proxy
