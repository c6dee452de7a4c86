#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/mcp_transport.hpp"
#include "runtime/task_group.hpp"

namespace runtime {

// A session in which all that the server says comes one message after the other, whatever it
// belongs to: over stdio, and over HTTP+SSE. Answers find their callers by their ids.
//
// Whoever derives from it writes messages and hands what comes to take().
class shared_channel : public mcp_channel {
public:
    shared_channel(world w, mcp_channel_limits limits)
        : world_(w), limits_(limits), tasks_(w.executor), farewells_(w.executor) {}

    awaitable<wire::rpc_response> call(wire::rpc_request request, listener heard,
                                       http_fields also) override;
    awaitable<void>               notify(wire::rpc_notification note) override;
    awaitable<std::string>        relay(std::string request, wire::rpc_id id, hearer heard,
                                        http_fields also) override;
    awaitable<void>               say(std::string text) override;
    awaitable<void>               listen(hearer heard, std::function<void()> opened) override;

    void       agreed(std::string const& revision) override;
    bool       alive() const override { return alive_; }
    bool       is_shared() const override { return true; }
    time_point gone_at() const override { return gone_at_; }

protected:
    // Throws what keeps the message from getting there.
    virtual awaitable<void> write_message(std::string text) = 0;

    // A request whose answer take() will bring, maybe while it is being written. What keeps it from
    // getting there is thrown, or told to lost().
    virtual awaitable<void> write_request(std::string text, wire::rpc_id id);

    awaitable<void>    take(std::string text);
    bool               waits_for(wire::rpc_id const& id) const { return waiting_.contains(id); }
    void               lost(wire::rpc_id const& id, error_code why);  // this request alone
    void               lost(std::string_view id_as_written, error_code why);
    void               gone(error_code why);  // the whole session
    std::string const& revision() const { return revision_; }

    world              world_;
    mcp_channel_limits limits_;
    task_group         tasks_;      // for as long as the session
    task_group         farewells_;  // each within limits_.farewell
    bell               changed_;
    bool               alive_ = true;
    time_point         gone_at_{};
    error_code         why_gone_ = error::server_gone;

private:
    struct waiting {
        listener                          heard;
        std::optional<wire::rpc_response> answer;
        std::string                       text;  // of the answer, as it came
        error_code                        failed;
    };
    class place;

    awaitable<void> take_one(std::string text);
    awaitable<void> until_answered(waiting&);
    awaitable<void> say_cancelled(wire::rpc_id id);
    awaitable<void> answer_server(wire::rpc_request asked);

    std::map<wire::rpc_id, waiting*> waiting_;
    std::string                      revision_;
    bool                             modern_ = false;
    hearer                           standing_;  // of all that is no answer
};

}  // namespace runtime
