#include "scenarios/planted/relaying.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"

namespace scenario::planting {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

constexpr std::size_t piece_size = 16 * 1024;

}  // namespace

runtime::awaitable<void> working_seam::stop() { return tasks_.stop(); }

void working_seam::repeat(runtime::address const& to, std::string request) {
    tasks_.spawn("asks aside", ask_aside(to, std::move(request)));
}

runtime::awaitable<void> working_seam::ask_aside(runtime::address to, std::string request) {
    bool stopped = false;
    try {
        auto const  connection = co_await outside().network.connect(to);
        std::string piece(piece_size, '\0');
        co_await connection->write(request);
        while (co_await connection->read(asio::buffer(piece)) > 0) continue;
    } catch (system_error const& e) {
        stopped = e.code() == asio::error::operation_aborted;
    }
    if (stopped) throw system_error(asio::error::operation_aborted);
}

std::unique_ptr<runtime::stream> relaying_seam::joined(peer whose, runtime::address const& to,
                                                       std::unique_ptr<runtime::stream> s) {
    if (whose != whose_) return s;
    auto ends = outside().network.pair();
    auto c = std::make_unique<connection>();
    c->inside = std::move(ends.second);
    c->outside = std::move(s);
    c->to = to;
    tasks_.spawn("relays", relay(std::move(c)));
    return std::move(ends.first);
}

runtime::awaitable<void> relaying_seam::relay(std::unique_ptr<connection> c) {
    auto saying = outwards(*c);
    auto hearing = inwards(*c);
    bool stopped = false;
    try {
        co_await runtime::guarded(std::move(hearing), std::move(saying));
    } catch (system_error const& e) {
        stopped = e.code() == asio::error::operation_aborted;
    }
    c->inside->close();
    c->outside->close();
    if (stopped) throw system_error(asio::error::operation_aborted);
}

runtime::awaitable<void> relaying_seam::outwards(connection& c) {
    std::string piece(piece_size, '\0');
    for (;;) {
        auto const n = co_await c.inside->read(asio::buffer(piece));
        if (n == 0) throw system_error(asio::error::eof);
        c.said.append(piece, 0, n);
        co_await c.outside->write(std::string_view(piece).substr(0, n));
    }
}

runtime::awaitable<void> relaying_seam::inwards(connection& c) {
    std::string piece(piece_size, '\0');
    for (;;) {
        auto const n = co_await c.outside->read(asio::buffer(piece));
        if (n == 0) co_return;
        co_await c.inside->write(std::string_view(piece).substr(0, n));
    }
}

}  // namespace scenario::planting
