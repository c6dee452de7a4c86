#include "proxy/request_body.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "proxy/error.hpp"

namespace proxy {

runtime::awaitable<std::string> read_body(runtime::http_reader& reader, runtime::clock& clock,
                                          limits const& l, char const* limit_name,
                                          load::kept* kept) {
    std::string whole;
    std::size_t size = 0;
    auto const  began = clock.now();
    try {
        reader.limit_body(l.*limit_named(limit_name).size);
        for (;;) {
            auto const earned = std::chrono::seconds(size / l.body_rate_min);
            auto const left = std::max<runtime::duration>(
                began + l.body_timeout + earned - clock.now(), runtime::duration(1));
            runtime::http_limit const limit{left, boost::asio::error::timed_out};
            auto const                piece = co_await reader.body(limit);
            if (piece.empty()) co_return whole;
            size += piece.size();
            if (!kept) continue;
            whole += piece;
            kept->set(size);
        }
    } catch (boost::system::system_error const& e) {
        if (e.code() != runtime::error::body_too_large) throw;
    }
    throw refused(
        {413, "invalid_request_error", "request_too_large", passed_text(limit_name, l), {}, {}});
}

}  // namespace proxy
