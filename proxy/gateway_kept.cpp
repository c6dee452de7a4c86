#include "proxy/gateway.hpp"
#include "proxy/kept_responses.hpp"
#include "proxy/request_body.hpp"

// Requests about a response that is over.
namespace proxy {

runtime::awaitable<bool> gateway::serve_kept(connection&                  client,
                                             runtime::http_request const& request) {
    auto const& limits = client.ground->settings().limits;
    co_await read_body(client.reader, world_.clock, limits, "request_body_max", nullptr);
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
