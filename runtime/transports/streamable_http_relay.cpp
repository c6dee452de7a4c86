// Messages passed on as they are, and streams that are gone on with after a break.

#include "runtime/transports/streamable_http.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <vector>

#include "runtime/media_type.hpp"
#include "wire/json_slices.hpp"
#include "wire/sse.hpp"

namespace runtime {

namespace {

[[noreturn]] void fail(error_code why) { throw boost::system::system_error(why); }

// A message is what stands behind it in its line.
constexpr std::string_view data_field = "data: ";

// A position that is longer is not said again.
constexpr std::size_t last_id_max = 1024;

// No limit of its own: whoever calls has one for the whole call.
constexpr auto for_ever = std::chrono::hours(24 * 365);

// One event is one message; an event without data only moves the position. What is no message is
// passed over.
struct heard_message {
    std::string       text;
    wire::rpc_message read;
};

std::optional<heard_message> read_message(std::string text) {
    heard_message heard;
    try {
        heard.read = wire::parse_rpc(text);
    } catch (boost::system::system_error const&) {
        return std::nullopt;
    }
    auto const* response = std::get_if<wire::rpc_response>(&heard.read);
    heard.text = response && response->mended ? wire::to_text(*response) : std::move(text);
    return heard;
}

// What a peer does to a stream that both know how to go on with.
bool is_break(error_code why) {
    return why == error::body_cut || why == error::closed_early ||
           why == asio::error::connection_reset || why == asio::error::broken_pipe ||
           why == asio::error::connection_refused;
}

// Attempts in a row that bring nothing, before a stream is given up.
constexpr int  attempts_max = 5;
constexpr auto first_pause = std::chrono::milliseconds(1000);

}  // namespace

// The answer; empty if the stream ended or broke off before it.
awaitable<std::string> streamable_http_channel::relay_events(exchange& from, wire::rpc_id id,
                                                             hearer const& heard, position& at) {
    std::vector<std::string> said;
    wire::sse_parser         parser(
        [&](wire::sse_event const& event) {
            if (!event.data.empty()) said.push_back(event.data);
        },
        limits_.message_max + data_field.size());
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
        auto const& last_id = parser.last_id();
        if (!last_id.empty() && last_id.size() <= last_id_max) at.last_id = last_id;
        if (parser.retry() >= 0) at.retry = parser.retry();
        for (auto& text : said) {
            auto message = read_message(std::move(text));
            if (!message) continue;
            at.moved = true;
            auto const* response = std::get_if<wire::rpc_response>(&message->read);
            if (response && (!response->id || *response->id == id)) co_return message->text;
            if (!response && heard) co_await heard(std::move(message->text));
        }
        said.clear();
    }
}

// A new GET that goes on behind the last event. False if the server will not have it.
awaitable<bool> streamable_http_channel::resume(exchange& next, position& at) {
    auto const pause = at.retry >= 0 ? std::chrono::milliseconds(at.retry) : first_pause;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        co_await world_.clock.sleep_for(pause * (1 << attempt));
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
    bool const is_hello = method == R"("initialize")";
    bool const may_answer = modern_ || is_hello;
    co_await send(e, "POST", std::move(request), {}, std::move(also));
    if (e.head.status != 200) co_return co_await refused(e, may_answer);
    auto const* session = find_field(e.head.fields, "mcp-session-id");
    if (session && !modern_ && is_hello) session_ = *session;
    if (!is_of_type(e.head.fields, "text/event-stream")) {
        http_limit const limit{for_ever, asio::error::timed_out};
        auto             text = co_await e.reader->whole_body(limit);
        auto const       message = read_message(std::move(text));
        auto const* response = message ? std::get_if<wire::rpc_response>(&message->read) : nullptr;
        bool const  ours = response && (!response->id || *response->id == id);
        if (!ours) fail(error::no_answer);
        co_return message->text;
    }
    position at;
    for (int idle = 0; idle < attempts_max; ++idle) {
        auto answer = co_await relay_events(e, id, heard, at);
        if (!answer.empty()) co_return answer;
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
    for (int idle = 0; idle < attempts_max; ++idle) {
        exchange   e;
        error_code why;
        try {
            co_await send(e, "GET", {}, at.last_id);
        } catch (boost::system::system_error const& failed) {
            why = failed.code();
        }
        if (why && !is_break(why) && why != asio::error::timed_out) fail(why);
        bool const later = !why && e.head.status >= 500 && e.head.status != 501;
        if (!why && !later &&
            (e.head.status != 200 || !is_of_type(e.head.fields, "text/event-stream")))
            co_return;
        open();
        wire::rpc_id const nobodys = std::string();
        if (!why && !later) co_await relay_events(e, nobodys, heard, at);
        if (at.moved) idle = 0;
        at.moved = false;
        auto const pause = at.retry >= 0 ? std::chrono::milliseconds(at.retry) : first_pause;
        co_await world_.clock.sleep_for(pause * (1 << idle));
    }
}

}  // namespace runtime
