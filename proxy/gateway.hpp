#pragma once

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>

#include "proxy/access_log.hpp"
#include "proxy/config.hpp"
#include "proxy/endpoint.hpp"
#include "proxy/exchange.hpp"
#include "proxy/gateway_commons.hpp"
#include "proxy/gateway_ground.hpp"
#include "proxy/request_trace.hpp"
#include "runtime/bell.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace proxy {

// Accepts connections and serves requests: one coroutine a connection, one exchange at a time
// on each. Knows two worlds as little as the rest of this room does.
//
// A process may have several, each on a loop of its own (gateway_loops.cpp): what they share is
// gateway_commons and the plan.
class gateway {
public:
    using log = std::function<void(std::string const& line)>;

    // Which of several it is.
    struct loop {
        std::size_t number = 0;
        std::size_t count = 1;
    };

    // `access` gets a line of JSON for each request when it is over (access_log.hpp).
    gateway(runtime::world, config, log = {}, log access = {});
    gateway(runtime::world, std::shared_ptr<gateway_plan>, gateway_commons&, loop, log = {},
            log access = {});
    ~gateway();

    // Takes a place to listen at, without serving anybody yet. Throws what listen() throws.
    void listen(runtime::address const&);

    // From now on requests are served: where it listens, or where the configuration says (then it
    // throws what listen() throws).
    void start();

    runtime::address address() const { return listener_->local(); }

    // From now on requests are served by this plan. What has begun, and the sessions of MCP
    // clients, go on by the old one. Its `listen` and `loops` have no effect any more.
    void reload(std::shared_ptr<gateway_plan>);

    // For whoever watches the loop that this runs on.
    meters& measured() { return meters_; }

    // No new connections, and those on which nothing is asked are closed. What has been asked may
    // end within `patience`; then its clients are told `shutting_down`, by status or in the
    // stream. stop() comes after it.
    runtime::awaitable<void> drain(runtime::duration patience);

    // No new connections; what is running is cancelled, sessions with MCP servers are ended.
    // Must be awaited before the gateway is destroyed.
    runtime::awaitable<void> stop();

private:
    // Somebody who listens for news, as long as it lives.
    class listening {
    public:
        explicit listening(gateway& g) : gateway_(g) { ++gateway_.listening_count_; }
        ~listening() {
            --gateway_.listening_count_;
            if (gateway_.draining_) gateway_.answered_.ring();
        }
        listening(listening const&) = delete;

    private:
        gateway& gateway_;
    };

    // A question that is being answered, as long as it lives.
    class asked {
    public:
        explicit asked(gateway& g) : gateway_(g) {
            ++gateway_.asked_count_;
            ++gateway_.commons_.asked;
        }
        ~asked() {
            --gateway_.asked_count_;
            --gateway_.commons_.asked;
            if (gateway_.draining_) gateway_.answered_.ring();
        }
        asked(asked const&) = delete;

    private:
        gateway& gateway_;
    };

    struct connection {
        runtime::stream&                   stream;
        runtime::http_reader               reader;
        endpoint const*                    spoken;  // by the request that is being served
        std::shared_ptr<gateway_ground>    ground;  // that it is, or the last one was, served on
        std::optional<gateway_ground::use> in_use;
        access_entry                       entry;  // of that request
        std::optional<request_trace>       trace;  // likewise
        runtime::time_point                began;
    };

    // Whether a connection is a client's, or another loop's that passes on a request.
    enum class caller { client, loop };

    runtime::awaitable<void> accept(runtime::listener&, caller);
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>, caller);
    runtime::awaitable<void> converse(connection&);
    runtime::awaitable<bool> serve_one(connection&, runtime::http_request const&);
    runtime::awaitable<bool> serve_mcp(connection&, runtime::http_request const&);
    runtime::awaitable<bool> serve_question(connection&, runtime::http_request const&);
    runtime::awaitable<bool> serve_kept(connection&, runtime::http_request const&);
    runtime::awaitable<void> answer(connection&, unsigned status, std::string body, bool keep_alive,
                                    runtime::http_fields fields = {});
    runtime::awaitable<void> refuse(connection&, request_problem const&, bool keep_alive,
                                    runtime::http_fields fields = {});

    runtime::awaitable<void> throw_when_closing();
    runtime::awaitable<bool> none_within(std::size_t const& count, runtime::duration);

    // gateway_loops.cpp: several loops, several configurations
    std::shared_ptr<gateway_ground> make_ground(std::shared_ptr<gateway_plan>);
    runtime::awaitable<void>        leave(std::shared_ptr<gateway_ground>);
    void                            serve_on(connection&, std::shared_ptr<gateway_ground>);
    std::shared_ptr<gateway_ground> ground_of(runtime::http_request const&) const;
    static runtime::address         door_of(std::size_t loop);
    std::optional<std::size_t>      other_loop(runtime::http_request const&) const;
    runtime::awaitable<bool> pass_on(connection&, runtime::http_request const&, std::size_t loop);
    runtime::awaitable<void> pass_back(connection&, runtime::http_reader& from, bool keep_alive,
                                       bool& begun);

    bool                                  keeps(runtime::http_request const& r) const;
    static std::optional<request_problem> stranger(runtime::http_request const&, config const&);
    static presented_keys                 presented(runtime::http_request const&);
    std::string                           models_body(config const&) const;
    static runtime::http_limit            write_limit(config const&);
    void                                  note(std::string const& line) const;
    void                                  begins(connection&, runtime::http_request const&);
    void                                  over(connection&);
    std::int64_t                          unix_now() const;
    static void                           trace_over(connection&, bool told);
    static void                           blame(connection&, request_problem const&);
    static std::optional<request_problem> told_of(connection const&,
                                                  boost::system::error_code const&,
                                                  std::exception_ptr, bool asked);
    std::optional<request_problem> too_much(limits const&, bool key_may, bool has_place) const;

    runtime::world                             world_;
    std::unique_ptr<gateway_commons>           own_commons_;  // of one that is alone
    gateway_commons&                           commons_;
    loop                                       loop_;
    log                                        log_;
    log                                        access_;
    meters                                     meters_;
    std::shared_ptr<gateway_ground>            ground_;  // that new requests are served on
    std::list<std::shared_ptr<gateway_ground>> left_;    // older ones that something is still on
    runtime::task_group                        beside_;  // accepting, and leaving old grounds
    runtime::task_group                        connections_;
    std::unique_ptr<runtime::listener>         listener_;
    std::unique_ptr<runtime::listener>         door_;  // for other loops; null: there are none
    std::int64_t                               started_at_;
    std::set<runtime::stream*>                 idle_;  // connections on which nothing is asked
    std::size_t                                asked_count_ = 0;
    std::size_t                                listening_count_ = 0;
    bool                                       draining_ = false;
    bool                                       closing_ = false;  // and its patience is over
    runtime::bell                              answered_;  // one less of them, while it drains
    runtime::bell                              closes_;
};

}  // namespace proxy
