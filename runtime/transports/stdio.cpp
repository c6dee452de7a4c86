// MCP over the standard streams of a child process, client side: one JSON message a line, all
// requests of the session on one channel, in any order.

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <optional>

#include "runtime/guarded.hpp"
#include "runtime/transports/shared_channel.hpp"
#include "wire/error.hpp"
#include "wire/top_member.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

class stdio_channel final : public shared_channel {
public:
    stdio_channel(world w, mcp_endpoint const& e, mcp_channel_limits limits)
        : shared_channel(w, limits), child_(w.network.spawn(e.program)) {
        tasks_.spawn("mcp stdio reader", read_lines());
    }

    awaitable<void> end() override;
    std::string     last_words() const override;

private:
    // A line that is too large is not kept; whose answer it would have been is seen as it passes.
    struct flood {
        wire::answer_passing answer;
        std::size_t          size = 0;

        void feed(std::string_view bytes) {
            answer.feed(bytes);
            size += bytes.size();
        }
    };

    awaitable<void> read_lines();
    void            lose(flood const&);
    awaitable<void> see_it_end();
    awaitable<void> dismiss();
    awaitable<void> write_message(std::string text) override;

    std::unique_ptr<child> child_;
    bool                   writing_ = false;
    bool                   dismissing_ = false;
    bool                   dismissed_ = false;
    std::optional<int>     status_;  // of its exit
};

// A line beyond the limit is passed over, up to one that has no end.
awaitable<void> stdio_channel::read_lines() {
    constexpr std::size_t patience = 4;  // in limits
    std::string           text;
    std::optional<flood>  too_large;
    error_code            why = error::server_gone;
    char                  piece[16 * 1024];
    try {
        for (;;) {
            auto const n = co_await child_->io().read(asio::buffer(piece));
            if (n == 0) break;
            std::string_view heard(piece, n);
            if (too_large) {
                auto const end = heard.find('\n');
                too_large->feed(heard.substr(0, end));
                if (end == heard.npos && too_large->size > patience * limits_.line_max) {
                    lose(*too_large);
                    why = error::line_too_large;
                    break;
                }
                if (end == heard.npos) continue;
                heard.remove_prefix(end + 1);
                lose(*too_large);
                too_large.reset();
            }
            std::size_t const had = text.size();
            text.append(heard);
            std::size_t from = 0;
            for (auto at = text.find('\n', had); at != text.npos; at = text.find('\n', from)) {
                auto line = text.substr(from, at - from);
                from = at + 1;
                if (line.ends_with('\r')) line.pop_back();
                if (line.size() > limits_.line_max) {
                    flood whole;
                    whole.feed(line);
                    lose(whole);
                } else if (!line.empty()) {
                    co_await take(std::move(line));
                }
            }
            text.erase(0, from);
            if (text.size() > limits_.line_max) {
                too_large.emplace().feed(text);
                text.clear();
            }
        }
    } catch (boost::system::system_error const&) {
        // Whatever broke, the server cannot be heard any more.
    }
    co_await see_it_end();
    gone(why);
    co_await dismiss();
}

// The call that it would have answered fails; the others live.
void stdio_channel::lose(flood const& line) {
    if (auto const id = line.answer.id()) lost(std::string_view(*id), error::line_too_large);
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

awaitable<void> stdio_channel::write_message(std::string line) {
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
    if (why) gone(error::server_gone);
    if (why && why != asio::error::operation_aborted) fail(error::server_gone);
    if (why) fail(why);
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
    co_await farewells_.stop();
    co_await tasks_.stop();
}

std::unique_ptr<mcp_channel> open(world w, mcp_endpoint const& e, mcp_channel_limits limits) {
    return std::make_unique<stdio_channel>(w, e, limits);
}

}  // namespace

mcp_transport stdio() { return {"stdio", "a child process, one JSON message a line", &open}; }

}  // namespace runtime
