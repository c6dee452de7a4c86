#include "runtime/transports/shared_channel.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"
#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/mcp.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/top_member.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

}  // namespace

// Where an answer is waited for. Dropped before it, a call is forgotten here.
class shared_channel::place {
public:
    place(shared_channel& c, wire::rpc_id id) : channel_(c), id_(std::move(id)) {
        channel_.waiting_[id_] = &state;
    }
    ~place() {
        channel_.waiting_.erase(id_);
        channel_.changed_.ring();
    }
    waiting state;

private:
    shared_channel& channel_;
    wire::rpc_id    id_;
};

void shared_channel::agreed(std::string const& revision) {
    revision_ = revision;
    modern_ = revision == wire::mcp::modern_revision;
}

void shared_channel::gone(error_code why) {
    if (alive_) {
        why_gone_ = why;
        gone_at_ = world_.clock.now();
    }
    alive_ = false;
    changed_.ring();
}

void shared_channel::lost(wire::rpc_id const& id, error_code why) {
    auto const found = waiting_.find(id);
    if (found == waiting_.end()) return;
    found->second->failed = why;
    changed_.ring();
}

void shared_channel::lost(std::string_view spelled, error_code why) {
    for (auto& [id, one] : waiting_)
        if (wire::to_text(id) == spelled) one->failed = why;
    changed_.ring();
}

awaitable<void> shared_channel::take(std::string text) {
    for (auto& one : wire::messages_in(std::move(text), revision_)) {
        auto taking = take_one(std::move(one));
        co_await std::move(taking);
    }
}

awaitable<void> shared_channel::take_one(std::string text) {
    wire::rpc_message message;
    try {
        message = wire::parse_rpc(text);
    } catch (boost::system::system_error const& e) {
        // Mostly not a message: a program that prints to stdout. The next line may be one.
        wire::answer_passing seen;
        seen.feed(text);
        if (auto const id = seen.id()) lost(std::string_view(*id), e.code());
        co_return;
    }
    if (auto* response = std::get_if<wire::rpc_response>(&message)) {
        if (!response->id) co_return;
        auto const found = waiting_.find(*response->id);
        if (found == waiting_.end() || found->second->answer) co_return;  // late, or not ours
        found->second->text = response->mended ? wire::to_text(*response) : std::move(text);
        found->second->answer = std::move(*response);
        changed_.ring();
        co_return;
    }
    if (standing_) co_return co_await standing_(std::move(text));
    if (auto const* asked = std::get_if<wire::rpc_request>(&message)) {
        if (modern_) co_return;  // no server of that era asks
        farewells_.spawn("mcp answer to the server", answer_server(*asked));
        co_return;
    }
    // All requests share the channel: a progress token belongs to one of them, the rest is
    // told to all.
    for (auto const& [id, call] : waiting_)
        if (call->heard) call->heard(message);
}

awaitable<void> shared_channel::write_request(std::string text, wire::rpc_id) {
    return write_message(std::move(text));
}

awaitable<void> shared_channel::until_answered(waiting& state) {
    while (!state.answer) {
        if (state.failed) fail(state.failed);
        if (!alive_) fail(why_gone_);
        co_await changed_.wait();
    }
}

awaitable<wire::rpc_response> shared_channel::call(wire::rpc_request request, listener heard,
                                                   http_fields) {
    // Dropped before its answer, a call is cancelled at the server.
    struct call_in_flight {
        shared_channel& channel;
        wire::rpc_id    id;
        bool            may_cancel;
        place           mine;

        call_in_flight(shared_channel& c, wire::rpc_request const& r)
            : channel(c), id(r.id), may_cancel(r.method != "initialize"), mine(c, r.id) {}
        ~call_in_flight() {
            bool const answered = mine.state.answer || mine.state.failed;
            if (!answered && may_cancel && channel.alive_)
                channel.farewells_.spawn("mcp cancel", channel.say_cancelled(id));
        }
    };
    if (!alive_) fail(why_gone_);
    call_in_flight in_flight(*this, request);
    in_flight.mine.state.heard = std::move(heard);
    auto text = wire::to_text(request);
    co_await write_request(std::move(text), request.id);
    co_await until_answered(in_flight.mine.state);
    co_return *in_flight.mine.state.answer;
}

awaitable<std::string> shared_channel::relay(std::string request, wire::rpc_id id, hearer,
                                             http_fields) {
    if (!alive_) fail(why_gone_);
    place mine(*this, id);
    co_await write_request(std::move(request), id);
    co_await until_answered(mine.state);
    co_return std::move(mine.state.text);
}

awaitable<void> shared_channel::say(std::string text) { return write_message(std::move(text)); }

awaitable<void> shared_channel::listen(hearer heard, std::function<void()> opened) {
    struct standing {
        shared_channel& channel;
        standing(shared_channel& c, hearer h) : channel(c) { channel.standing_ = std::move(h); }
        ~standing() { channel.standing_ = nullptr; }
    } const mine(*this, std::move(heard));
    if (opened) opened();
    while (alive_) co_await changed_.wait();
}

awaitable<void> shared_channel::notify(wire::rpc_notification note) {
    auto text = wire::to_text(note);
    co_await write_message(std::move(text));
}

awaitable<void> shared_channel::answer_server(wire::rpc_request asked) {
    auto text = wire::to_text(wire::mcp::answer_to_server(asked));
    auto saying = write_message(std::move(text));
    try {
        error_code const late = asio::error::timed_out;
        co_await within(world_.clock, limits_.farewell, late, std::move(saying));
    } catch (boost::system::system_error const&) {
        // A server that has gone, or does not want it, needs no answer.
    }
}

awaitable<void> shared_channel::say_cancelled(wire::rpc_id id) {
    auto note = wire::mcp::cancelled(id, "the caller has gone");
    auto saying = notify(std::move(note));
    try {
        error_code const late = asio::error::timed_out;
        co_await within(world_.clock, limits_.farewell, late, std::move(saying));
    } catch (boost::system::system_error const&) {
        // A server that has gone needs no cancel.
    }
}

}  // namespace runtime
