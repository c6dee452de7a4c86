#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "proxy/config.hpp"
#include "proxy/mcp_failure.hpp"
#include "proxy/restart_pace.hpp"
#include "runtime/bell.hpp"
#include "runtime/mcp_transport.hpp"
#include "runtime/task_group.hpp"

namespace proxy {

// One MCP client's own session with one server: nobody else's messages ever come there. Texts in,
// texts out. What fails is thrown as mcp_failure.
//
// A server that does not speak the legacy era, which is this client's, is asked in the modern one
// (mcp_upstream_modern.cpp): what a session knows is said again in each request, what the server
// asks is asked of the client as ever, and the request is made again with its answers.
//
// A session that the server has lost, or a program that has died, is renewed once for the request
// that finds it so: initialize in the client's own words, its log level and its subscriptions.
class mcp_upstream {
public:
    using hearer = runtime::mcp_channel::hearer;

    // `standing` is told what belongs to no request; over stdio all that is no answer.
    mcp_upstream(runtime::world const&, config const&, mcp_server const&, hearer standing);

    mcp_server const& server() const { return server_; }
    bool              shares_channel() const {
        return channel_ ? channel_->is_shared() : server_.shares_channel();
    }

    // initialize, with these params. Gives the text of the whole answer, which may be an error.
    runtime::awaitable<std::string> open(std::string params);
    // notifications/initialized, and the stream of what belongs to no request, before anything
    // else is said. Whoever comes first does it; the others wait.
    runtime::awaitable<void>        begin();

    runtime::awaitable<std::string> relay(std::string request, wire::rpc_id id, hearer heard);
    runtime::awaitable<void>        say(std::string text);
    std::int64_t                    next_id() { return ++last_id_; }

    // Requests that a renewed session begins with, each under a name of its own.
    void remember(std::string name, std::string request);
    void forget(std::string const& name) { remembered_.erase(name); }

    // Without it, a stream of what belongs to no request is not opened, or let go of; over stdio
    // there is none.
    void want_stream(bool);

    bool               is_open() const { return channel_ != nullptr; }
    bool               can(std::string_view capability) const;
    std::string const& result() const { return result_; }  // of initialize

    // In good order; must be awaited before it is destroyed.
    runtime::awaitable<void> end();

private:
    using channel = std::shared_ptr<runtime::mcp_channel>;

    runtime::awaitable<std::string> initialize();
    runtime::awaitable<bool>        discover();
    runtime::awaitable<std::string> relay_modern(std::string request, wire::rpc_id id,
                                                 hearer heard);
    runtime::awaitable<std::string> relay_once(std::string request, wire::rpc_id id, hearer heard);
    runtime::awaitable<std::string> answers_of_client(std::string_view questions, hearer heard);
    runtime::awaitable<void>        subscribe(channel);
    std::optional<std::string>      answered_here(std::string const& request);
    std::string                     with_session(std::string request, bool logs) const;
    void                            take_answer(std::string const& text);
    runtime::awaitable<void>        say_initialized();
    runtime::awaitable<void>        listen(channel);
    // `forgotten`: its server does not know the session any more, and has not died.
    runtime::awaitable<void>        renew(channel lost, bool forgotten);
    runtime::awaitable<void>        end_channel(channel);
    void                            retire();

    runtime::world                     world_;
    config const&                      config_;
    mcp_server const                   server_;
    hearer                             standing_;
    channel                            channel_;
    std::string                        params_;
    std::string                        result_;
    std::map<std::string, std::string> remembered_;
    std::int64_t                       last_id_ = 0;
    bool                               modern_ = false;
    std::string                        level_;  // of the log; empty: none was asked for
    std::set<std::string>              uris_;   // that are subscribed to
    // What a server of the modern era wants to know, by our id of the question.
    std::map<std::string, std::optional<std::string>> asked_;
    int                                               asked_count_ = 0;
    // Of the modern era: what a request's present try is called at the server.
    std::map<std::string, std::string>                tries_;
    enum class stage { new_, beginning, begun } stage_ = stage::new_;
    bool                renewing_ = false;
    bool                listens_ = false;
    bool                wants_stream_ = true;
    restart_pace        pace_;
    runtime::bell       changed_;
    runtime::task_group listening_;
    runtime::task_group endings_;
};

}  // namespace proxy
