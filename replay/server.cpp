#include "replay/server.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <nlohmann/json.hpp>

#include "runtime/guarded.hpp"
#include "wire/json_members.hpp"

namespace replay {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using boost::system::system_error;

constexpr auto for_ever = std::chrono::hours(24 * 365);

}  // namespace

answer not_recorded(std::string const& why) {
    nlohmann::json body;
    body["error"]["type"] = "not_recorded";
    body["error"]["message"] = "no recorded request is like this one; " + why;
    answer a;
    a.status = 404;
    a.reason = "Not Found";
    auto text = wire::dump(body);
    a.fields = {{"Content-Type", "application/json"},
                {"Content-Length", std::to_string(text.size())}};
    a.pieces.push_back({{}, std::move(text)});
    return a;
}

server::server(runtime::world w, recording const& r, match_options how, pace speed, observer seen)
    : world_(w),
      matcher_(r, std::move(how)),
      pace_(speed),
      seen_(std::move(seen)),
      connections_(w.executor) {}

void server::start(std::unique_ptr<runtime::listener> at) {
    listener_ = std::move(at);
    connections_.spawn("replay: accept", accept());
}

runtime::awaitable<void> server::stop() {
    if (listener_) listener_->close();
    co_await connections_.stop();
}

runtime::awaitable<void> server::accept() {
    for (;;) {
        auto stream = co_await listener_->accept();
        connections_.spawn("replay: connection", own(std::move(stream)));
    }
}

runtime::awaitable<void> server::own(std::unique_ptr<runtime::stream> stream) {
    co_await serve(*stream);
}

runtime::awaitable<void> server::serve(runtime::stream& stream) {
    runtime::http_limits limits;
    limits.head_max = 64 * 1024;
    limits.body_max = 1 << 30;
    runtime::http_reader      reader(stream, world_.clock, limits);
    runtime::http_limit const limit{for_ever, asio::error::timed_out};
    try {
        for (;;) {
            auto head = co_await reader.request(limit);
            if (!head) co_return;
            request came;
            came.body = co_await reader.whole_body(limit);
            came.method = std::move(head->method);
            came.target = std::move(head->target);
            came.fields = std::move(head->fields);
            bool const go_on = co_await answer_one(stream, reader, came);
            if (!go_on || !head->keep_alive) co_return;
        }
    } catch (system_error const& e) {
        // Who asked may leave when he likes.
        if (e.code() == asio::error::operation_aborted) throw;
    }
}

runtime::awaitable<bool> server::answer_one(runtime::stream& stream, runtime::http_reader& reader,
                                            request const& came) {
    auto const  began = world_.clock.now();
    auto const* found = matcher_.take(came);
    answer      miss;
    std::string why;
    if (!found) {
        ++missed_;
        why = matcher_.nearest_miss(came);
        miss = not_recorded(why);
    }
    if (seen_) seen_(came, found, why);
    auto const& said = found ? found->answered : miss;
    auto        playing = play(said, stream, world_.clock, began, pace_);
    auto        watching = reader.hang_up();
    co_return co_await runtime::guarded(std::move(playing), std::move(watching));
}

}  // namespace replay
