#include "bench/bare_relay.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/http.hpp"
#include "runtime/task_group.hpp"

namespace bench {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

runtime::http_limit const patience{std::chrono::seconds(10), asio::error::timed_out};

constexpr std::size_t read_size = 16 * 1024;  // as the gateway's

bool is_head(std::string const& bytes) {
    if (bytes.find("\r\n\r\n") == bytes.npos) return false;
    http::response_parser<http::empty_body> parser;
    boost::system::error_code               why;
    parser.put(asio::buffer(bytes), why);
    return parser.is_header_done();
}

runtime::awaitable<void> pass_on(runtime::stream& from, runtime::stream& to) {
    std::string bytes;
    char        piece[read_size];
    while (!is_head(bytes)) {
        auto const n = co_await from.read(asio::buffer(piece));
        if (n == 0) co_return;
        bytes.append(piece, n);
    }
    co_await to.write(bytes);
    boost::system::error_code why;
    for (;;) {
        auto const n = co_await from.async_read_some(
            asio::buffer(piece), asio::redirect_error(asio::use_awaitable, why));
        if (why) co_return;
        asio::const_buffer const                  one(piece, n);
        std::span<asio::const_buffer const> const all(&one, 1);
        co_await to.async_write(all, asio::redirect_error(asio::use_awaitable, why));
        if (why) co_return;
    }
}

runtime::awaitable<void> carry(runtime::world w, std::unique_ptr<runtime::stream> near,
                               runtime::address to) {
    runtime::http_reader reader(*near, w.clock);
    auto const           request = co_await reader.request(patience);
    if (!request) co_return;
    auto const body = co_await reader.whole_body(patience);
    auto const far = co_await w.network.connect(to);
    auto const text = runtime::to_text(*request) + body;
    co_await far->write(text);
    co_await pass_on(*far, *near);
}

}  // namespace

runtime::awaitable<void> relay(runtime::world w, std::unique_ptr<runtime::listener> at,
                               runtime::address to) {
    runtime::task_group carried(w.executor);
    std::exception_ptr  ended;
    try {
        for (;;) {
            auto near = co_await at->accept();
            carried.spawn("connection", carry(w, std::move(near), to));
        }
    } catch (...) {
        ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state();
    try {
        co_await carried.stop();
    } catch (boost::system::system_error const&) {
        // One who has hung up: whoever asked has told of it, if it matters.
    }
    std::rethrow_exception(ended);
}

}  // namespace bench
