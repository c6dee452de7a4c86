#include "proxy/event_outlet.hpp"

#include "wire/sse.hpp"

namespace proxy {

event_outlet::event_outlet(client_line const& to, client_answer::identity who, bool streamed)
    : line_(to),
      who_(std::move(who)),
      writer_(to.stream, to.clock, to.write),
      streamed_(streamed) {}

// What we write is one line of JSON: it needs no care.
void event_outlet::event(std::string_view type, std::string_view json) {
    if (!streamed_) return;
    pending_ += "event: ";
    pending_ += type;
    pending_ += "\ndata: ";
    pending_ += json;
    pending_ += "\n\n";
}

void event_outlet::comment(std::string_view words) {
    if (streamed_) pending_ += wire::to_sse_comment(words);
}

runtime::awaitable<void> event_outlet::flush() {
    if (pending_.empty()) co_return;
    if (!begun_) {
        begun_ = true;
        writer_.head(stream_head(who_));
    }
    std::string out;
    out.swap(pending_);
    co_await writer_.write(out);
    out.clear();
    if (pending_.empty()) pending_.swap(out);  // its memory is used again
}

runtime::awaitable<void> event_outlet::end(std::string body) {
    if (streamed_) {
        co_await flush();
        co_await writer_.finish();
        co_return;
    }
    runtime::http_fields fields{{"X-Request-Id", who_.request_id}};
    co_await send_body(line_, 200, std::move(body), std::move(fields), who_.keep_alive);
}

runtime::awaitable<void> event_outlet::break_off() {
    broken_ = true;
    co_await flush();
    co_await writer_.finish();
}

runtime::awaitable<void> event_outlet::refuse(request_problem const& why, std::string body) {
    pending_.clear();
    co_await send_problem(line_, why, std::move(body), who_);
}

}  // namespace proxy
