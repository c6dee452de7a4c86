#include "bench/load.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>

#include "bench/answer.hpp"
#include "runtime/http.hpp"
#include "runtime/task_group.hpp"

namespace bench {

namespace {

namespace asio = boost::asio;

constexpr auto steady_pause = std::chrono::milliseconds(5);

constexpr char head[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

runtime::http_limit const patience{std::chrono::seconds(60), asio::error::timed_out};

}  // namespace

loaded::loaded(runtime::world w, load l, std::string const& provider) : world_(w), load_(l) {
    auto const  events = bench::answer(provider, l.events);
    std::string together;
    for (std::size_t i = 0; i < events.size(); ++i) {
        together += events[i];
        if ((i + 1) % l.events_a_write != 0 && i + 1 < events.size()) continue;
        writes_.push_back(wire::chunk_head(together.size()) + together + wire::chunk_tail);
        together.clear();
    }
    writes_.front().insert(0, head);
    writes_.back() += wire::last_chunk;
}

runtime::awaitable<void> serve_each(runtime::world w, std::unique_ptr<runtime::listener> at,
                                    stream_server serve) {
    runtime::task_group answering(w.executor);
    std::exception_ptr  ended;
    try {
        for (;;) {
            auto stream = co_await at->accept();
            auto served = serve(std::move(stream));
            answering.spawn("answer", std::move(served));
        }
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();
    try {
        co_await answering.stop();
    } catch (boost::system::system_error const&) {
        // One who has hung up: whoever asked has told of it, if it matters.
    }
    std::rethrow_exception(ended);
}

runtime::awaitable<void> loaded::provide(std::unique_ptr<runtime::listener> at) {
    stream_server serve = [this](std::unique_ptr<runtime::stream> to) {
        return answer(std::move(to));
    };
    co_await serve_each(world_, std::move(at), std::move(serve));
}

runtime::awaitable<void> loaded::answer(std::unique_ptr<runtime::stream> stream) {
    runtime::http_reader reader(*stream, world_.clock);
    auto const           request = co_await reader.request(patience);
    if (!request) co_return;
    co_await reader.whole_body(patience);
    auto due = world_.clock.now();
    for (auto const& bytes : writes_) {
        auto const read_before = reads_;
        if (load_.pace == pace::steady) co_await world_.clock.sleep_until(due += steady_pause);
        co_await stream->write(bytes);
        while (load_.pace == pace::lockstep && &bytes != &writes_.back() && reads_ == read_before)
            co_await heard_.wait();
    }
    // Closed first by the one who asked, or else he might be reset before all has arrived.
    stream->end();
    char byte = 0;
    co_await stream->read(asio::buffer(&byte, 1));
}

runtime::awaitable<void> loaded::listen(runtime::address to) {
    auto const stream = co_await world_.network.connect(to);
    auto const text = request_text(to);
    co_await stream->write(text);
    std::string last;
    std::string piece(64 * 1024, '\0');
    for (;;) {
        auto const n = co_await runtime::read_within(*stream, asio::buffer(piece), world_.clock,
                                                     patience.limit, patience.late);
        if (n == 0) break;
        last.append(piece, 0, n);
        if (last.size() > 64) last.erase(0, last.size() - 64);
        ++reads_;
        heard_.ring();
    }
    if (!last.ends_with("\r\n0\r\n\r\n") || last.find("data: [DONE]") == last.npos)
        throw std::runtime_error("an answer ended with: " + last);
}

runtime::awaitable<void> loaded::ask(runtime::address to) {
    runtime::task_group asking(world_.executor);
    for (std::size_t i = 0; i < load_.streams; ++i) asking.spawn("client", listen(to));
    co_await asking.join();
}

std::string request_text(runtime::address const& host) {
    constexpr std::string_view body =
        R"({"model":"model","stream":true,"messages":[{"role":"user","content":"Go on."}]})";
    runtime::http_request request;
    request.method = "POST";
    request.target = "/v1/chat/completions";
    request.fields = {{"Host", runtime::to_text(host)},
                      {"Content-Type", "application/json"},
                      {"Connection", "close"},
                      {"Content-Length", std::to_string(body.size())}};
    return runtime::to_text(request) + std::string(body);
}

}  // namespace bench
