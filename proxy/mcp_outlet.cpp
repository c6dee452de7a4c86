#include "proxy/mcp_outlet.hpp"

#include <cstdlib>

#include "proxy/client_answer.hpp"
#include "wire/json_slices.hpp"
#include "wire/mcp_modern.hpp"
#include "wire/sse.hpp"

namespace proxy {

namespace {

unsigned status_of(std::string_view answer) {
    std::array const path{std::string_view("error"), std::string_view("code")};
    auto const       code = wire::slice(answer, path);
    return code ? wire::mcp::status_of_error(std::atoi(std::string(*code).c_str())) : 200;
}

std::string event_of(std::string text) {
    return wire::to_sse(wire::on_one_line(std::move(text)), "message");
}

}  // namespace

mcp_outlet::mcp_outlet(runtime::stream& s, runtime::clock& clock, runtime::http_limit write,
                       runtime::duration keep_alive, std::size_t size_max)
    : stream_(s), clock_(clock), limit_(write), interval_(keep_alive), size_max_(size_max) {}

runtime::awaitable<void> mcp_outlet::add(std::string message) {
    while (size_ > size_max_ && !finished_) co_await changed_.wait();
    if (finished_) co_return;
    size_ += message.size();
    said_.push_back(std::move(message));
    changed_.ring();
}

void mcp_outlet::finish(std::string answer) {
    answer_ = std::move(answer);
    finished_ = true;
    changed_.ring();
}

runtime::awaitable<void> mcp_outlet::begin(runtime::http_chunk_writer& writer) {
    if (writer.started()) co_return;
    runtime::http_response head;
    head.fields = {{"Content-Type", "text/event-stream"},
                   {"Cache-Control", "no-cache, no-transform"},
                   {"X-Accel-Buffering", "no"},
                   {"Transfer-Encoding", "chunked"}};
    writer.head(head);
    co_await writer.head_alone();
}

runtime::awaitable<void> mcp_outlet::run(bool keep_alive) {
    runtime::http_chunk_writer writer(stream_, clock_, limit_);
    for (;;) {
        if (!said_.empty()) {
            auto const text = std::move(said_.front());
            said_.pop_front();
            size_ -= text.size();
            changed_.ring();
            co_await begin(writer);
            auto const event = event_of(text);
            co_await writer.write(event);
            continue;
        }
        if (finished_) break;
        bool rang = true;
        if (interval_ > runtime::duration::zero())
            rang = co_await changed_.wait_for(clock_, interval_);
        else
            co_await changed_.wait();
        if (rang) continue;
        co_await begin(writer);
        co_await writer.write(": keep-alive\n\n");
    }
    if (!writer.started()) {
        client_line const line{stream_, clock_, limit_};
        auto const        status = status_of(answer_);
        co_await send_body(line, status, std::move(answer_), {}, keep_alive);
        co_return;
    }
    auto const event = event_of(answer_);
    co_await writer.write(event);
    co_await writer.finish();
}

}  // namespace proxy
