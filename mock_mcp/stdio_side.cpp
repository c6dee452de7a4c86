// The mock's stdio side: one JSON message a line, all requests on one channel.

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "mock_mcp/listening.hpp"
#include "mock_mcp/menu.hpp"
#include "mock_mcp/mock_mcp.hpp"
#include "runtime/guarded.hpp"
#include "wire/error.hpp"

namespace mock_mcp {

namespace {

using boost::system::system_error;

}  // namespace

// What all requests of one client share.
struct mock_mcp::channel {
    channel(runtime::stream& s, surroundings* a) : out(s), around(a) {}

    runtime::stream& out;
    surroundings*    around;  // null: nobody reads what goes to stderr
    runtime::bell    free;
    bool             writing = false;
    bool             broken = false;
    runtime::bell    broke;

    std::shared_ptr<visitor> who = std::make_shared<visitor>();
};

class mock_mcp::stdio_reply final : public reply {
public:
    explicit stdio_reply(channel& c) : channel_(c) {}

    runtime::awaitable<void> message(std::string text) override {
        text += '\n';
        co_await raw(std::move(text));
    }
    runtime::awaitable<void> answer(std::string text) override {
        co_await message(std::move(text));
    }

    runtime::awaitable<void> raw(std::string bytes) override {
        while (channel_.writing) co_await channel_.free.wait();
        if (channel_.broken) co_return;
        struct turn {
            channel& c;
            explicit turn(channel& x) : c(x) { c.writing = true; }
            ~turn() {
                c.writing = false;
                c.free.ring();
            }
        } const mine(channel_);
        co_await channel_.out.write(bytes);
    }

    runtime::awaitable<void> status(int, std::string) override { co_return; }  // HTTP only
    runtime::awaitable<void> hang_up(runtime::duration) override { co_return; }
    runtime::awaitable<void> end() override { co_return; }  // a request has no stream of its own

    // Its output ends, and the program goes on.
    runtime::awaitable<void> end_early() override {
        channel_.out.end();
        co_return;
    }
    void complain(std::string text) override {
        if (channel_.around) channel_.around->errors(std::move(text));
    }

    void close() override {
        channel_.broken = true;
        channel_.broke.ring();
    }
    void reset() override { close(); }
    bool shares_channel() const override { return true; }

private:
    channel& channel_;
};

namespace {

runtime::awaitable<void> until_broken(bool const& broken, runtime::bell& broke) {
    while (!broken) co_await broke.wait();
    throw system_error(boost::asio::error::interrupted);
}

// The lines of a stream, one by one.
class line_reader {
public:
    explicit line_reader(runtime::stream& from) : from_(from) {}

    // Nothing at the end of the stream.
    runtime::awaitable<std::optional<std::string>> next() {
        for (;;) {
            if (auto const at = text_.find('\n'); at != text_.npos) {
                std::string line = text_.substr(0, at);
                text_.erase(0, at + 1);
                co_return line;
            }
            char       piece[4096];
            auto const n = co_await from_.read(boost::asio::buffer(piece));
            if (n == 0) co_return std::nullopt;
            text_.append(piece, n);
        }
    }

private:
    runtime::stream& from_;
    std::string      text_;
};

}  // namespace

runtime::awaitable<void> mock_mcp::handle_line(std::string line, channel& shared) {
    wire::rpc_message message;
    try {
        message = wire::parse_rpc(line);
    } catch (system_error const&) {
        co_return;
    }
    auto*       asked = std::get_if<wire::rpc_request>(&message);
    stdio_reply to(shared);
    to.modern = is_modern(message);
    to.who = shared.who;
    if (asked && to.modern) {
        if (auto why = objection_to(nullptr, *asked))
            co_return co_await answer_error(*asked, std::move(*why), to);
    }
    co_await handle_shared(std::move(message), to);
}

// What the server says by itself, on a channel that is there anyway, it says once it may.
runtime::awaitable<void> mock_mcp::handle_shared(wire::rpc_message message, reply& to) {
    if (auto* asked = std::get_if<wire::rpc_request>(&message))
        co_return co_await handle(std::move(*asked), to);
    auto const* note = std::get_if<wire::rpc_notification>(&message);
    bool const  ready = note && note->method == "notifications/initialized";
    auto const* steps = scripted(note ? note->method : "answer");
    hear(message, to.who.get(), note || !steps);
    for (auto const* more : {steps, ready ? scripted("listen") : nullptr}) {
        if (!more) continue;
        wire::rpc_request const nothing{std::string(), more == steps ? "answer" : "listen",
                                        nullptr};
        to.exchange = trace_.new_exchange();
        co_await play(*more, nothing, to);
    }
    to.taken();
}

// What is announced to a client that has no stream for it.
runtime::awaitable<void> mock_mcp::tell_news(reply& to, listener& me) {
    for (;;) {
        co_await tell_waiting(me, to);
        if (me.waiting.empty()) co_await me.bell->wait();
    }
}

runtime::awaitable<void> mock_mcp::read_lines(runtime::stream& from, channel& shared,
                                              runtime::task_group& handling) {
    line_reader lines(from);
    for (;;) {
        auto line = co_await lines.next();
        if (!line) co_return;
        // Notifications count at once, in their order; requests may overtake each other.
        handling.spawn(script_.name + ": request", handle_line(std::move(*line), shared));
    }
}

// What a program does by itself at one moment of its life.
runtime::awaitable<void> mock_mcp::play_as(char const* name, channel& shared) {
    auto const* steps = scripted(name);
    if (!steps) co_return;
    wire::rpc_request const nothing{std::string(), name, nullptr};
    stdio_reply             to(shared);
    to.exchange = trace_.new_exchange();
    co_await play(*steps, nothing, to);
}

runtime::awaitable<void> mock_mcp::live(runtime::stream& from, channel& shared,
                                        runtime::task_group& handling) {
    co_await play_as("start", shared);
    co_await read_lines(from, shared, handling);
}

// A program goes when it is told to, unless its script has other ideas.
runtime::awaitable<void> mock_mcp::go_when_told(channel& shared) {
    auto& around = *shared.around;
    while (!around.asked_to_go) co_await around.changed.wait();
    constexpr int by_the_signal = 128 + 15;
    note_in("terminate");
    if (auto const* steps = scripted("terminate")) {
        wire::rpc_request const nothing{std::string(), "terminate", nullptr};
        stdio_reply             to(shared);
        to.exchange = trace_.new_exchange();
        co_return co_await play(*steps, nothing, to);
    }
    exited_ = by_the_signal;
    stdio_reply(shared).close();
}

runtime::awaitable<int> mock_mcp::run(runtime::stream& stdio, surroundings* around) {
    note_in("start");
    if (script_.recorded) co_return co_await replay_lines(stdio);
    exited_.reset();
    channel       shared(stdio, around);
    listener      me;
    runtime::bell news;
    me.who = shared.who.get();
    me.bell = &news;
    listening const     told(*this, me);
    stdio_reply         untold(shared);
    standing const      here(*shared.who, untold);
    runtime::task_group handling(world_.executor);
    runtime::task_group signals(world_.executor);
    if (around) signals.spawn(script_.name + ": signals", go_when_told(shared));
    if (announces_something(script_))
        handling.spawn(script_.name + ": news", tell_news(untold, me));
    auto               living = live(stdio, shared, handling);
    auto               watching = until_broken(shared.broken, shared.broke);
    std::exception_ptr stopped;
    bool               by_peer = true;
    try {
        co_await runtime::guarded(std::move(living), std::move(watching));
    } catch (system_error const& e) {
        if (e.code() == boost::asio::error::operation_aborted) stopped = std::current_exception();
        by_peer = false;
    }
    if (by_peer) note_in("close");
    // The end of stdin, or a script that leaves: whatever still runs is let go.
    co_await boost::asio::this_coro::reset_cancellation_state();
    co_await handling.stop();
    if (by_peer) {
        auto leaving = play_as("close", shared);
        auto watching_still = until_broken(shared.broken, shared.broke);
        try {
            co_await runtime::guarded(std::move(leaving), std::move(watching_still));
        } catch (system_error const& e) {
            if (e.code() == boost::asio::error::operation_aborted)
                stopped = std::current_exception();
        }
        co_await boost::asio::this_coro::reset_cancellation_state();
    }
    co_await signals.stop();
    if (around && around->killed) note_in("kill");
    if (stopped) std::rethrow_exception(stopped);
    stdio.close();
    co_return exited_.value_or(0);
}

}  // namespace mock_mcp
