#include <boost/asio/error.hpp>

#include "proxy/gateway.hpp"
#include "proxy/kept_responses.hpp"

// Requests about a response that is over.
namespace proxy {

namespace {

constexpr auto patience = std::chrono::seconds(10);  // for a body that nobody wants

}  // namespace

runtime::awaitable<bool> gateway::serve_kept(connection&                  client,
                                             runtime::http_request const& request) {
    runtime::http_limit const limit{patience, boost::asio::error::timed_out};
    co_await client.reader.whole_body(limit);
    std::string        body;
    std::exception_ptr failed;
    try {
        body = about_kept_response(request.method, request.target, commons_.responses,
                                   client.ground->keys.holder(presented(request)));
    } catch (refused const&) {
        failed = std::current_exception();
    }
    if (failed) {
        auto const why = to_problem(failed);
        co_await refuse(client, why, keeps(request));
    } else {
        co_await answer(client, 200, std::move(body), keeps(request));
    }
    co_return keeps(request);
}

}  // namespace proxy
