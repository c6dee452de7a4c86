#pragma once

#include <deque>

#include "proxy/config.hpp"
#include "proxy/meters.hpp"
#include "proxy/span.hpp"
#include "runtime/bell.hpp"
#include "runtime/http.hpp"
#include "runtime/world.hpp"

namespace proxy {

// Sends spans to a collector, some at a time, beside whatever is being answered: who adds one never
// waits. What does not fit while the collector is away is dropped and counted.
class span_exporter {
public:
    // The defaults of OpenTelemetry's batch processor, but for smaller batches: to spell one must
    // not hold up a stream.
    static constexpr std::size_t queue_max = 2048;
    static constexpr std::size_t batch_max = 128;
    static constexpr auto        delay = std::chrono::seconds(5);
    static constexpr auto        patience = std::chrono::seconds(10);  // with one request
    static constexpr int         tries_max = 5;  // of one batch, with pauses of 1, 2, 4, 8 s

    // The settings have an endpoint.
    span_exporter(runtime::world const&, otlp_settings const&, meters&);

    void add(span);

    // Sends, again and again: a child of somebody's task_group.
    runtime::awaitable<void> run();
    // What there is, once, within `patience`. When run() is over.
    runtime::awaitable<void> flush();

private:
    enum class outcome { taken, refused, away };

    std::vector<span>           next_batch();
    runtime::awaitable<outcome> send(std::vector<span> const&);
    runtime::awaitable<outcome> post(std::string const& body);
    runtime::awaitable<void>    deliver(std::vector<span>);

    runtime::world       world_;
    otlp_settings const& settings_;
    meters&              meters_;
    std::deque<span>     queue_;
    runtime::bell        added_;
};

}  // namespace proxy
