#include "proxy/meters.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace proxy {

namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// In seconds. Whole answers take minutes, first tokens seconds, chunks and lags milliseconds.
Histogram::BucketBoundaries const of_answers{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};
Histogram::BucketBoundaries const of_chunks{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                            0.1,   0.25,   0.5,   1,    2.5,   10};

double seconds(runtime::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

struct meters::families {
    prometheus::Registry all;

    template <class Metric>
    Family<Metric>& make(char const* name, char const* help) {
        return prometheus::detail::Builder<Metric>().Name(name).Help(help).Register(all);
    }

    Family<Counter>& requests =
        make<Counter>("lockstep_requests_total", "Requests answered, by the status that was told");
    Family<Histogram>& took = make<Histogram>("lockstep_request_duration_seconds",
                                              "From a request's head to the end of its answer");
    Family<Histogram>& first_token = make<Histogram>("lockstep_time_to_first_token_seconds",
                                                     "From a request to the first of its answer");
    Family<Histogram>& between_chunks = make<Histogram>(
        "lockstep_inter_chunk_seconds", "Between two reads that brought something of one answer");
    Family<Counter>& upstream_errors = make<Counter>(
        "lockstep_upstream_errors_total", "Failures of deployments, told to the client or not");
    Family<Histogram>& tool_calls =
        make<Histogram>("lockstep_tool_call_duration_seconds", "Calls of MCP tools that ran here");
    Histogram& loop_lag = make<Histogram>("lockstep_loop_lag_seconds",
                                          "How much later than due the event loop rang an alarm")
                              .Add({}, of_chunks);
    Gauge& active =
        make<Gauge>("lockstep_active_requests", "Requests that are being answered").Add({});
    Gauge& connections = make<Gauge>("lockstep_connections", "Connections of clients").Add({});
};

meters::meters() : families_(std::make_unique<families>()) {}
meters::~meters() = default;

void meters::answered(std::string const& endpoint, std::string const& model, int status,
                      runtime::duration took) {
    auto& f = *families_;
    f.requests.Add({{"endpoint", endpoint}, {"model", model}, {"status", std::to_string(status)}})
        .Increment();
    f.took.Add({{"endpoint", endpoint}, {"model", model}}, of_answers).Observe(seconds(took));
}

meters::of_stream meters::stream(std::string const& model) {
    of_stream made;
    made.first_token_ = &families_->first_token.Add({{"model", model}}, of_answers);
    made.chunk_ = &families_->between_chunks.Add({{"model", model}}, of_chunks);
    return made;
}

void meters::of_stream::first_token(runtime::duration after) const {
    first_token_->Observe(seconds(after));
}

void meters::of_stream::chunk(runtime::duration after) const { chunk_->Observe(seconds(after)); }

void meters::upstream_error(std::string const& model, std::string const& cause) {
    families_->upstream_errors.Add({{"model", model}, {"cause", cause}}).Increment();
}

void meters::tool_call(std::string const& server, bool failed, runtime::duration took) {
    families_->tool_calls
        .Add({{"server", server}, {"outcome", failed ? "error" : "result"}}, of_answers)
        .Observe(seconds(took));
}

void meters::loop_lag(runtime::duration late) { families_->loop_lag.Observe(seconds(late)); }

std::string meters::text(std::size_t active_requests, std::size_t connections) const {
    families_->active.Set(static_cast<double>(active_requests));
    families_->connections.Set(static_cast<double>(connections));
    return prometheus::TextSerializer().Serialize(families_->all.Collect());
}

}  // namespace proxy
