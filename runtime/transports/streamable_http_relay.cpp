// Messages passed on as they are, and streams that are gone on with after a break.

#include "runtime/transports/streamable_http.hpp"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <vector>

#include "runtime/media_type.hpp"
#include "runtime/transports/heard_message.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"
#include "wire/sse.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

// A position that is longer is not said again.

// No limit of its own: whoever calls has one for the whole call.
constexpr auto for_ever = std::chrono::hours(24 * 365);

// What a peer does to a stream that both know how to go on with.
bool is_break(error_code why) {
    return why == error::body_cut || why == error::closed_early ||
           why == error::bad_http ||  // a head that was cut
           why == asio::error::connection_reset || why == asio::error::broken_pipe ||
           why == asio::error::connection_refused;
}

// Attempts in a row that bring nothing, before a stream is given up.
constexpr int  attempts_max = 5;
constexpr int  listens_max = 9;
constexpr auto first_pause = std::chrono::milliseconds(1000);

// A server may want its client back at once, but not again and again.
constexpr auto least_pause = std::chrono::milliseconds(100);

// A stream that lived so long was no failure, even if nothing was said: what is idle is cut.
constexpr auto long_life = std::chrono::seconds(60);

// It goes back in a header. A stream whose ids are longer cannot be gone on with.
constexpr std::size_t event_id_max = 1024;

// How long a server may take until it misses a stream that has broken, and does not refuse a second
// one any more: two minutes and more, in steps.
constexpr auto longest_pause = std::chrono::seconds(60);

// Whether a refusal of a stream may be another one tomorrow.
bool may_be_taken_back(unsigned status, bool was_open) {
    constexpr unsigned never = 501;
    if (status >= 500) return status != never;
    if (status == 409 || status == 429 || status == 408) return true;
    return status == 400 && was_open;
}

duration pause_before(long retry, int attempt) {
    constexpr long longest = 3'600'000;  // ms
    duration const wanted =
        retry >= 0 ? std::chrono::milliseconds(std::min(retry, longest)) : first_pause;
    duration const least = attempt > 0 ? duration(least_pause) : duration::zero();
    duration const grown = std::max(wanted, least) * (1 << attempt);
    return std::max(wanted, std::min<duration>(grown, longest_pause));
}

}  // namespace

// The answer; empty if the stream ended or broke off before it.
awaitable<std::string> streamable_http_channel::relay_events(exchange& from, wire::rpc_id id,
                                                             hearer const& heard, position& at) {
    std::vector<std::string> said;
    wire::sse_parser         parser(
        [&](wire::sse_event const& event) {
            if (event.data.empty()) return;
            for (auto& text : wire::messages_in(event.data, revision_))
                said.push_back(std::move(text));
        },
        limits_.event_line_max());
    http_limit const limit{for_ever, asio::error::timed_out};
    for (;;) {
        error_code       why;
        std::string_view piece;
        try {
            piece = co_await from.reader->body(limit);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        if (why && !is_break(why)) fail(why);
        if (piece.empty()) co_return std::string();
        parser.feed(piece);
        if (auto const& id = parser.last_id(); !id.empty())
            at.last_id = id.size() <= event_id_max ? id : std::string();
        if (parser.retry() >= 0) at.retry = parser.retry();
        for (auto& text : said) {
            auto message = read_message(std::move(text), id);
            if (!message) continue;
            at.moved = true;
            if (message->answers(id)) co_return message->text;
            bool const of_another = std::holds_alternative<wire::rpc_response>(message->read);
            if (!of_another && heard) co_await heard(std::move(message->text));
        }
        said.clear();
    }
}

// A new GET that goes on behind the last event. False if the server will not have it.
awaitable<bool> streamable_http_channel::resume(exchange& next, position& at) {
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        co_await world_.clock.sleep_for(pause_before(at.retry, attempt));
        next.reader.reset();
        next.connection.reset();
        error_code why;
        try {
            co_await send(next, "GET", {}, at.last_id);
        } catch (boost::system::system_error const& e) {
            why = e.code();
        }
        if (why && !is_break(why) && why != asio::error::timed_out) fail(why);
        if (!why)
            co_return next.head.status == 200 && is_of_type(next.head.fields, "text/event-stream");
    }
    co_return false;
}

awaitable<std::string> streamable_http_channel::relay(std::string request, wire::rpc_id id,
                                                      hearer heard, http_fields also) {
    exchange   e;
    auto const method = wire::slice(request, "method").value_or("");
    bool const hello = !modern_ && method == R"("initialize")";
    bool const may_answer = modern_ || hello;
    if (hello)
        offered_ = wire::text_member(wire::read_json(wire::slice(request, "params").value_or("{}")),
                                     "protocolVersion");
    co_await send(e, "POST", std::move(request), {}, std::move(also));
    if (e.head.status != 200) co_return co_await refused(e, may_answer);
    if (hello) adopt_session(e.head);
    auto const heard_all = [this, hello](std::string answer) {
        if (hello && wire::slice(answer, "error")) session_.clear();
        return answer;
    };
    if (!is_of_type(e.head.fields, "text/event-stream")) {
        http_limit const limit{for_ever, asio::error::timed_out};
        auto             text = co_await e.reader->whole_body(limit);
        if (!is_of_type(e.head.fields, "application/json")) fail(error::no_answer);
        for (auto& one : wire::messages_in(std::move(text), revision_)) {
            auto message = read_message(std::move(one), id);
            if (!message) continue;
            if (message->answers(id)) co_return heard_all(std::move(message->text));
            bool const of_another = std::holds_alternative<wire::rpc_response>(message->read);
            if (!of_another && heard) co_await heard(std::move(message->text));
        }
        fail(error::no_answer);
    }
    position at;
    for (int idle = 0; idle < attempts_max; ++idle) {
        auto answer = co_await relay_events(e, id, heard, at);
        if (!answer.empty()) co_return heard_all(std::move(answer));
        if (at.last_id.empty() || modern_) break;  // a broken stream of the modern era is lost
        bool const resumed = co_await resume(e, at);
        if (!resumed) break;
        if (at.moved) idle = 0;
        at.moved = false;
    }
    fail(error::no_answer);
}

awaitable<void> streamable_http_channel::say(std::string text) {
    exchange e;
    co_await send(e, "POST", std::move(text));
    if (e.head.status / 100 != 2) co_await refused(e);
}

awaitable<void> streamable_http_channel::listen(hearer heard, std::function<void()> opened) {
    struct once {
        std::function<void()> tell;
        void                  operator()() {
            if (auto const told = std::exchange(tell, nullptr)) told();
        }
        ~once() { (*this)(); }
    } open{std::move(opened)};
    position at;
    bool     was_open = false;
    for (int idle = 0; idle < listens_max; ++idle) {
        auto const began = world_.clock.now();
        exchange   e;
        error_code why;
        try {
            co_await send(e, "GET", {}, at.last_id);
        } catch (boost::system::system_error const& failed) {
            why = failed.code();
        }
        if (why && !is_break(why) && why != asio::error::timed_out) fail(why);
        bool const later = !why && may_be_taken_back(e.head.status, was_open);
        if (!why && !later &&
            (e.head.status != 200 || !is_of_type(e.head.fields, "text/event-stream")))
            co_return;
        open();
        wire::rpc_id const nobodys = std::string();
        was_open = was_open || (!why && !later);
        if (!why && !later) co_await relay_events(e, nobodys, heard, at);
        if (at.moved || world_.clock.now() - began >= long_life) idle = 0;
        at.moved = false;
        auto const pause = pause_before(at.retry, idle);
        co_await world_.clock.sleep_for(std::max<duration>(pause, least_pause));
    }
}

}  // namespace runtime
