// MCP over the standard streams of a child process, client side: one JSON message a line, all
// requests of the session on one channel, in any order.

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <optional>

#include "runtime/guarded.hpp"
#include "runtime/mcp_transport.hpp"
#include "runtime/task_group.hpp"
#include "wire/error.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

class stdio_channel final : public mcp_channel {
public:
    stdio_channel(world w, mcp_endpoint const& e, mcp_channel_limits limits)
        : world_(w), limits_(limits), tasks_(w.executor), child_(w.network.spawn(e.program)) {
        tasks_.spawn("mcp stdio reader", read_lines());
    }

    awaitable<wire::rpc_response> call(wire::rpc_request request, listener heard,
                                       http_fields) override;
    awaitable<void>               notify(wire::rpc_notification note) override;
    awaitable<std::string>        relay(std::string request, wire::rpc_id id, hearer heard,
                                        http_fields) override;
    awaitable<void> say(std::string text) override { return write_line(std::move(text)); }
    awaitable<void> listen(hearer heard, std::function<void()> opened) override;
    awaitable<void> end() override;

    void agreed(std::string const& revision) override {
        modern_ = revision == wire::mcp::modern_revision;
    }
    bool        alive() const override { return alive_; }
    std::string last_words() const override;

private:
    struct waiting {
        listener                          heard;
        std::optional<wire::rpc_response> answer;
        std::string                       text;  // of the answer, as it came
        error_code                        why;   // it will not come
    };

    awaitable<void> read_lines();
    awaitable<void> take(std::string line);
    void            too_large(std::string const& beginning);
    void            gone();
    awaitable<void> see_it_end();
    awaitable<void> dismiss();
    awaitable<void> write_line(std::string line);
    awaitable<void> say_cancelled(wire::rpc_id id);
    awaitable<void> answer_server(wire::rpc_request asked);

    world                            world_;
    mcp_channel_limits               limits_;
    task_group                       tasks_;
    std::unique_ptr<child>           child_;
    std::map<wire::rpc_id, waiting*> waiting_;
    bell                             changed_;
    bool                             writing_ = false;
    bool                             modern_ = false;
    bool                             alive_ = true;
    bool                             dismissing_ = false;
    bool                             dismissed_ = false;
    std::optional<int>               status_;  // of its exit
    error_code                       why_gone_ = error::server_gone;
    hearer                           standing_;  // of all that is no answer
};

// A line beyond the limit is passed over, up to one that has no end.
awaitable<void> stdio_channel::read_lines() {
    constexpr std::size_t patience = 4;  // in limits
    std::string           text;
    std::size_t           skipped = 0;  // of a line that is too large
    char                  piece[16 * 1024];
    try {
        for (;;) {
            auto const n = co_await child_->io().read(asio::buffer(piece));
            if (n == 0) break;
            std::size_t const had = text.size();
            text.append(piece, n);
            std::size_t from = 0;
            if (skipped > 0) {
                from = std::min(text.find('\n'), text.size() - 1) + 1;
                skipped = text[from - 1] == '\n' ? 0 : skipped + n;
            }
            for (auto at = text.find('\n', std::max(had, from)); at != text.npos;
                 at = text.find('\n', from)) {
                auto line = text.substr(from, at - from);
                from = at + 1;
                if (line.size() > limits_.message_max)
                    too_large(line);
                else
                    co_await take(std::move(line));
            }
            text.erase(0, from);
            if (text.size() > limits_.message_max) {
                too_large(text);
                skipped = text.size();
                text.clear();
            }
            if (skipped > patience * limits_.message_max) {
                why_gone_ = error::line_too_large;
                break;
            }
        }
    } catch (boost::system::system_error const&) {
        // Whatever broke, the server cannot be heard any more.
    }
    co_await see_it_end();
    gone();
    co_await dismiss();
}

// Whoever waits for this answer need not wait for its end.
void stdio_channel::too_large(std::string const& beginning) {
    auto const spelled = wire::slice(beginning, "id").value_or("null");
    for (auto& [id, one] : waiting_)
        if (wire::to_text(id) == spelled) one->why = error::line_too_large;
    changed_.ring();
}

// A program whose output has ended has mostly ended itself, and can say how.
awaitable<void> stdio_channel::see_it_end() {
    constexpr auto   patience = std::chrono::milliseconds(50);
    error_code const late = asio::error::timed_out;
    try {
        auto exiting = child_->exited();
        status_ = co_await within(world_.clock, duration(patience), late, std::move(exiting));
    } catch (boost::system::system_error const& e) {
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

std::string stdio_channel::last_words() const {
    auto said = child_->last_words();
    while (!said.empty() && said.back() == '\n') said.pop_back();
    if (!status_) return said;
    return said + (said.empty() ? "" : "; ") + "exit status " + std::to_string(*status_);
}

awaitable<void> stdio_channel::take(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) co_return;
    wire::rpc_message message;
    try {
        message = wire::parse_rpc(line);
    } catch (boost::system::system_error const&) {
        co_return;  // not a message: a program that prints to stdout. The next line may be one.
    }
    if (auto* response = std::get_if<wire::rpc_response>(&message)) {
        if (!response->id) co_return;
        auto const found = waiting_.find(*response->id);
        if (found == waiting_.end() || found->second->answer) co_return;  // late, or not ours
        found->second->answer = std::move(*response);
        found->second->text = std::move(line);
        changed_.ring();
        co_return;
    }
    if (standing_) co_return co_await standing_(std::move(line));
    if (auto const* asked = std::get_if<wire::rpc_request>(&message)) {
        if (modern_) co_return;  // no server of that era asks
        tasks_.spawn("mcp answer to the server", answer_server(*asked));
        co_return;
    }
    // All requests share the channel: a progress token belongs to one of them, the rest is
    // told to all.
    for (auto const& [id, call] : waiting_)
        if (call->heard) call->heard(message);
}

void stdio_channel::gone() {
    alive_ = false;
    changed_.ring();
}

awaitable<wire::rpc_response> stdio_channel::call(wire::rpc_request request, listener heard,
                                                  http_fields) {
    // Dropped before its answer, a call is forgotten here and cancelled at the server.
    struct call_in_flight {
        stdio_channel& channel;
        wire::rpc_id   id;
        bool           may_cancel;
        waiting        state;

        call_in_flight(stdio_channel& c, wire::rpc_request const& r, listener h)
            : channel(c), id(r.id), may_cancel(r.method != "initialize") {
            state.heard = std::move(h);
            channel.waiting_[id] = &state;
        }
        ~call_in_flight() {
            channel.waiting_.erase(id);
            if (!state.answer && may_cancel && channel.alive_)
                channel.tasks_.spawn("mcp cancel", channel.say_cancelled(id));
        }
    };
    if (!alive_) fail(why_gone_);
    call_in_flight in_flight(*this, request, std::move(heard));
    auto           line = wire::to_text(request);
    co_await write_line(std::move(line));
    while (!in_flight.state.answer) {
        if (in_flight.state.why) fail(in_flight.state.why);
        if (!alive_) fail(why_gone_);
        co_await changed_.wait();
    }
    co_return *in_flight.state.answer;
}

awaitable<std::string> stdio_channel::relay(std::string request, wire::rpc_id id, hearer,
                                            http_fields) {
    struct in_flight {
        stdio_channel& channel;
        wire::rpc_id   id;
        waiting        state;

        in_flight(stdio_channel& c, wire::rpc_id i) : channel(c), id(std::move(i)) {
            channel.waiting_[id] = &state;
        }
        ~in_flight() { channel.waiting_.erase(id); }
    };
    if (!alive_) fail(why_gone_);
    in_flight mine(*this, std::move(id));
    co_await write_line(std::move(request));
    while (!mine.state.answer) {
        if (mine.state.why) fail(mine.state.why);
        if (!alive_) fail(why_gone_);
        co_await changed_.wait();
    }
    co_return std::move(mine.state.text);
}

awaitable<void> stdio_channel::listen(hearer heard, std::function<void()> opened) {
    struct standing {
        stdio_channel& channel;
        standing(stdio_channel& c, hearer h) : channel(c) { channel.standing_ = std::move(h); }
        ~standing() { channel.standing_ = nullptr; }
    } const mine(*this, std::move(heard));
    if (opened) opened();
    while (alive_) co_await changed_.wait();
}

awaitable<void> stdio_channel::notify(wire::rpc_notification note) {
    auto line = wire::to_text(note);
    co_await write_line(std::move(line));
}

awaitable<void> stdio_channel::write_line(std::string line) {
    line += '\n';
    while (writing_) co_await changed_.wait();
    if (!alive_) fail(why_gone_);
    struct turn {
        stdio_channel& channel;
        explicit turn(stdio_channel& c) : channel(c) { channel.writing_ = true; }
        ~turn() {
            channel.writing_ = false;
            channel.changed_.ring();
        }
    } const mine(*this);
    asio::const_buffer const                  one(line.data(), line.size());
    std::span<asio::const_buffer const> const all(&one, 1);
    error_code const                          late = asio::error::timed_out;
    error_code                                why;
    try {
        co_await write_within(child_->io(), all, world_.clock, limits_.write, late);
    } catch (boost::system::system_error const& e) {
        why = e.code();
    }
    // A line that was cut in the middle would spoil every line after it.
    if (why) gone();
    if (why && why != asio::error::operation_aborted) fail(error::server_gone);
    if (why) fail(why);
}

awaitable<void> stdio_channel::answer_server(wire::rpc_request asked) {
    auto line = wire::to_text(wire::mcp::answer_to_server(asked));
    try {
        co_await write_line(std::move(line));
    } catch (boost::system::system_error const&) {
        // A server that has gone needs no answer.
    }
}

awaitable<void> stdio_channel::say_cancelled(wire::rpc_id id) {
    auto note = wire::mcp::cancelled(id, "the caller has gone");
    try {
        co_await notify(std::move(note));
    } catch (boost::system::system_error const&) {
        // A server that has gone needs no cancel.
    }
}

// Closing stdin is how a server is asked to go; one that does not is ended.
awaitable<void> stdio_channel::dismiss() {
    while (dismissing_ && !dismissed_) co_await changed_.wait();
    if (dismissed_) co_return;
    dismissing_ = true;
    error_code const late = asio::error::timed_out;
    child_->io().end();
    for (int patience = 0; patience < 2; ++patience) {
        auto exiting = child_->exited();
        bool late_to_go = false;
        try {
            co_await within(world_.clock, limits_.farewell, late, std::move(exiting));
        } catch (boost::system::system_error const&) {
            late_to_go = true;
        }
        if (!late_to_go) break;
        if (patience == 0) child_->terminate();
        if (patience == 1) child_->kill();
    }
    dismissed_ = true;
    changed_.ring();
}

awaitable<void> stdio_channel::end() {
    co_await dismiss();
    alive_ = false;
    co_await tasks_.stop();
}

std::unique_ptr<mcp_channel> open(world w, mcp_endpoint const& e, mcp_channel_limits limits) {
    return std::make_unique<stdio_channel>(w, e, limits);
}

}  // namespace

mcp_transport stdio() { return {"stdio", "a child process, one JSON message a line", &open}; }

}  // namespace runtime
