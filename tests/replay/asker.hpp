#pragma once

#include "replay/message_watch.hpp"
#include "runtime/simulation.hpp"
#include "runtime/task_group.hpp"
#include "wire/chunked.hpp"

// Makes the requests of a recording again, each at its time and on a connection of its own, and
// leaves where the recording says that the client left.
namespace ask {

using runtime::awaitable;

inline std::string bytes_of(replay::request const& asked) {
    runtime::http_request head;
    head.method = asked.method;
    head.target = asked.target;
    head.fields = asked.fields;
    auto text = runtime::to_text(head);
    if (!replay::is_chunked(asked.fields)) return text + asked.body;
    auto const half = asked.body.size() / 2;
    for (auto const& part : {asked.body.substr(0, half), asked.body.substr(half)})
        if (!part.empty()) text += wire::chunk_head(part.size()) + part + "\r\n";
    return text + wire::last_chunk;
}

// What this end saw, with the times of its own reads.
inline awaitable<void> once(runtime::world w, runtime::address to, replay::exchange const& x,
                            runtime::time_point beginning, std::string* heard = nullptr) {
    co_await w.clock.sleep_until(beginning + x.at);
    auto const stream = co_await w.network.connect(to);
    auto const text = bytes_of(x.asked);
    auto const began = w.clock.now();
    co_await stream->write(text);
    if (x.answered.how == replay::ending::left) {
        co_await w.clock.sleep_until(began + x.answered.ended_at);
        stream->close();
        co_return;
    }
    replay::message_watch seen(replay::message_watch::kind::answer, x.asked.method == "HEAD");
    while (!seen.done()) {
        char        bytes[16 * 1024];
        std::size_t n = 0;
        try {
            n = co_await stream->read(boost::asio::buffer(bytes));
        } catch (boost::system::system_error const&) {
            break;
        }
        if (n == 0) break;
        seen.feed(std::string_view(bytes, n), w.clock.now() - began);
        if (heard) heard->append(bytes, n);
    }
}

inline awaitable<void> all(runtime::world w, runtime::address to, replay::recording const& r) {
    runtime::task_group asking(w.executor);
    auto const          beginning = w.clock.now();
    for (auto const& x : r.exchanges) asking.spawn("ask", once(w, to, x, beginning));
    co_await asking.wait();
}

}  // namespace ask
