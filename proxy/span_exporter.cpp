#include "proxy/span_exporter.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/guarded.hpp"

namespace proxy {

namespace {

namespace asio = boost::asio;
using boost::system::system_error;

constexpr std::size_t answer_max = 64 << 10;

}  // namespace

span_exporter::span_exporter(runtime::world const& w, otlp_settings const& s, meters& m)
    : world_(w), settings_(s), meters_(m) {}

void span_exporter::add(span s) {
    if (queue_.size() >= queue_max) return meters_.spans_dropped(1);
    queue_.push_back(std::move(s));
    added_.ring();
}

std::vector<span> span_exporter::next_batch() {
    std::vector<span> batch;
    while (!queue_.empty() && batch.size() < batch_max) {
        batch.push_back(std::move(queue_.front()));
        queue_.pop_front();
    }
    return batch;
}

runtime::awaitable<void> span_exporter::run() {
    for (;;) {
        while (queue_.empty()) co_await added_.wait();
        auto const due = world_.clock.now() + delay;
        while (queue_.size() < batch_max && world_.clock.now() < due)
            co_await added_.wait_for(world_.clock, due - world_.clock.now());
        co_await deliver(next_batch());
    }
}

// One batch, until it is taken or given up. Cancelled in between, it is lost: it is counted.
runtime::awaitable<void> span_exporter::deliver(std::vector<span> batch) {
    struct counted {
        meters&     all;
        std::size_t spans;
        bool        taken = false;
        ~counted() { taken ? all.spans_exported(spans) : all.spans_dropped(spans); }
    } mine{meters_, batch.size()};
    runtime::duration pause = std::chrono::seconds(1);
    for (int tries = 1;; ++tries) {
        auto const how = co_await send(batch);
        mine.taken = how == outcome::taken;
        if (how != outcome::away || tries == tries_max) co_return;
        co_await world_.clock.sleep_for(pause);
        pause *= 2;
    }
}

runtime::awaitable<void> span_exporter::flush() {
    while (!queue_.empty()) {
        auto const batch = next_batch();
        auto const how = co_await send(batch);
        if (how == outcome::taken) {
            meters_.spans_exported(batch.size());
            continue;
        }
        meters_.spans_dropped(batch.size() + queue_.size());
        queue_.clear();
    }
}

runtime::awaitable<span_exporter::outcome> span_exporter::send(std::vector<span> const& batch) {
    auto const body = to_otlp(batch, settings_.service_name);
    auto       posting = post(body);
    bool       stopped = false;
    try {
        co_return co_await runtime::within(world_.clock, patience, asio::error::timed_out,
                                           std::move(posting));
    } catch (system_error const& e) {
        stopped = e.code() == asio::error::operation_aborted;
        if (stopped) throw;
    } catch (std::exception const&) {
        // A collector that talks nonsense is as good as none.
    }
    co_return outcome::away;
}

runtime::awaitable<span_exporter::outcome> span_exporter::post(std::string const& body) {
    auto const& to = *settings_.endpoint;
    auto        connection = co_await world_.network.connect(to.at);

    runtime::http_request request;
    request.method = "POST";
    request.target = to.path + "/v1/traces";
    request.fields = {{"Host", runtime::to_text(to.at)},
                      {"Content-Type", "application/json"},
                      {"Connection", "close"},
                      {"Content-Length", std::to_string(body.size())}};
    for (auto const& field : settings_.headers) request.fields.push_back(field);
    auto const               head = runtime::to_text(request);
    asio::const_buffer const parts[] = {asio::buffer(head), asio::buffer(body)};
    co_await connection->write(parts);

    runtime::http_limits reading;
    reading.body_max = answer_max;
    runtime::http_reader      answers(*connection, world_.clock, reading);
    runtime::http_limit const limit{patience, asio::error::timed_out};
    auto const                answer = co_await answers.response(limit);
    // https://opentelemetry.io/docs/specs/otlp/#otlphttp-response: what may be tried again.
    auto const                s = answer.status;
    if (s == 429 || s == 502 || s == 503 || s == 504) co_return outcome::away;
    co_return s < 300 ? outcome::taken : outcome::refused;
}

}  // namespace proxy
