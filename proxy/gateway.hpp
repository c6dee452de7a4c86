#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "proxy/access_log.hpp"
#include "proxy/config.hpp"
#include "proxy/endpoint.hpp"
#include "proxy/exchange.hpp"
#include "proxy/key_check.hpp"
#include "proxy/load.hpp"
#include "proxy/mcp_endpoint.hpp"
#include "proxy/mcp_pool.hpp"
#include "proxy/meters.hpp"
#include "proxy/model_router.hpp"
#include "runtime/bell.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace proxy {

// Accepts connections and serves requests: one coroutine a connection, one exchange at a time
// on each. Knows two worlds as little as the rest of this room does.
class gateway {
public:
    using log = std::function<void(std::string const& line)>;

    // `access` gets a line of JSON for each request when it is over (access_log.hpp).
    gateway(runtime::world, config, log = {}, log access = {});
    ~gateway();

    // Listens at config.listen; from then on requests are served. Throws what listen() throws.
    void start();

    runtime::address address() const;

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
    // A question that is being answered, as long as it lives.
    class asked {
    public:
        explicit asked(gateway& g) : gateway_(g) { ++gateway_.asked_count_; }
        ~asked() {
            --gateway_.asked_count_;
            if (gateway_.draining_) gateway_.answered_.ring();
        }
        asked(asked const&) = delete;

    private:
        gateway& gateway_;
    };

    struct connection {
        runtime::stream&     stream;
        runtime::http_reader reader;
        endpoint const*      spoken;  // by the request that is being served
        access_entry         entry;   // of that request
        runtime::time_point  began;
    };

    runtime::awaitable<void> accept();
    runtime::awaitable<void> serve(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> serve_one(connection&, runtime::http_request const&);
    runtime::awaitable<bool> serve_mcp(connection&, runtime::http_request const&);
    runtime::awaitable<bool> serve_question(connection&, runtime::http_request const&);
    runtime::awaitable<void> answer(connection&, unsigned status, std::string body, bool keep_alive,
                                    runtime::http_fields fields = {});
    runtime::awaitable<void> refuse(connection&, request_problem const&, bool keep_alive,
                                    runtime::http_fields fields = {});

    runtime::awaitable<void> throw_when_closing();
    runtime::awaitable<bool> all_answered_within(runtime::duration);

    bool                           keeps(runtime::http_request const& r) const;
    std::optional<request_problem> stranger(runtime::http_request const&) const;
    static presented_keys          presented(runtime::http_request const&);
    std::string                    models_body() const;
    runtime::http_limit            write_limit() const;
    void                           note(std::string const& line) const;
    void                           begins(connection&, runtime::http_request const&);
    void                           over(connection&);
    static void                    blame(connection&, request_problem const&);
    std::optional<request_problem> too_much(bool key_may, bool has_place) const;
    std::optional<request_problem> told_of(boost::system::error_code const&, std::exception_ptr,
                                           bool asked) const;

    runtime::world                     world_;
    config                             config_;
    log                                log_;
    log                                access_;
    key_check                          keys_;
    meters                             meters_;
    model_router                       router_;
    mcp_pool                           pool_;
    response_store                     responses_;
    std::shared_ptr<load>              load_ = std::make_shared<load>();
    mcp_endpoint                       mcp_;
    runtime::task_group                connections_;
    std::unique_ptr<runtime::listener> listener_;
    std::int64_t                       started_at_;
    std::set<runtime::stream*>         idle_;  // connections on which nothing is asked
    std::size_t                        asked_count_ = 0;
    std::size_t                        streams_ = 0;  // answers that are being given
    bool                               draining_ = false;
    bool                               closing_ = false;  // and its patience is over
    runtime::bell                      answered_;         // one question less, while it drains
    runtime::bell                      closes_;
};

}  // namespace proxy
