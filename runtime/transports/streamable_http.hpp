#pragma once

#include <optional>
#include <string>

#include "runtime/mcp_transport.hpp"
#include "runtime/task_group.hpp"

namespace runtime {

// MCP over streamable HTTP, client side: one POST per message, answered by JSON or by a stream of
// events. In revisions 2025-03-26 to 2025-11-25 a session in MCP-Session-Id; in 2026-07-28 none:
// headers that say again what the message says, and a close that cancels.
class streamable_http_channel final : public mcp_channel {
public:
    streamable_http_channel(world w, mcp_endpoint e, mcp_channel_limits limits)
        : world_(w), endpoint_(std::move(e)), limits_(limits), farewells_(w.executor) {}

    awaitable<wire::rpc_response> call(wire::rpc_request request, listener heard,
                                       http_fields also) override;
    awaitable<void>               notify(wire::rpc_notification note) override;
    awaitable<std::string>        relay(std::string request, wire::rpc_id id, hearer heard,
                                        http_fields also) override;
    awaitable<void>               say(std::string text) override;
    awaitable<void>               listen(hearer heard, std::function<void()> opened) override;
    awaitable<void>               end() override;

    void        agreed(std::string const& revision) override;
    bool        alive() const override { return alive_; }
    std::string last_words() const override { return last_words_; }
    unsigned    refused_with() const override { return refused_with_; }

private:
    // One POST (or DELETE) and the answer to it, on a connection of its own.
    struct exchange {
        std::unique_ptr<stream>    connection;
        std::optional<http_reader> reader;
        http_response              head;
    };
    // How far a stream of events was read, so that it can be resumed.
    struct position {
        std::string last_id;
        long        retry = -1;
        bool        moved = false;  // something was said since the last attempt
    };
    awaitable<void>               send(exchange&, std::string method, std::string body,
                                       std::string last_event = {}, http_fields also = {});
    awaitable<std::string>        relay_events(exchange&, wire::rpc_id id, hearer const& heard,
                                               position& at);
    awaitable<bool>               resume(exchange&, position& at);
    awaitable<std::string>        refused(exchange&, bool may_answer = false);
    awaitable<wire::rpc_response> answer_as_events(exchange&, wire::rpc_id id, listener heard);
    awaitable<void>               say_cancelled(wire::rpc_id id);
    awaitable<void>               answer_server(wire::rpc_request asked);
    awaitable<void>               delete_session();
    void                          adopt_session(http_response const& answer_to_hello);

    // A call in flight. Dropped before its answer, it is cancelled at the server.
    class call_in_flight {
    public:
        call_in_flight(streamable_http_channel& c, wire::rpc_request const& request)
            : channel_(c), id_(request.id), may_cancel_(request.method != "initialize") {}
        ~call_in_flight() {
            if (!ended_ && may_cancel_ && channel_.alive_ && !channel_.modern_)
                channel_.farewells_.spawn("mcp cancel", channel_.say_cancelled(id_));
        }
        void ended() { ended_ = true; }

    private:
        streamable_http_channel& channel_;
        wire::rpc_id             id_;
        bool                     may_cancel_;
        bool                     ended_ = false;
    };

    world              world_;
    mcp_endpoint       endpoint_;
    mcp_channel_limits limits_;
    task_group         farewells_;
    std::string        session_;
    std::string        revision_;
    std::string        offered_;  // what a hello has asked for, until something is agreed on
    std::string        last_words_;
    unsigned           refused_with_ = 0;
    bool               modern_ = false;
    bool               alive_ = true;
};

}  // namespace runtime
