#include "proxy/meters.hpp"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace proxy {

namespace {

using prometheus::Counter;
using prometheus::Family;
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
    Family<Histogram>& lag = make<Histogram>("lockstep_loop_lag_seconds",
                                             "How much later than due an event loop rang an alarm");
    Family<Counter>&   accepted =
        make<Counter>("lockstep_connections_accepted_total",
                      "Connections of clients, by the event loop that serves them");

    Family<Counter>& spans = make<Counter>(
        "lockstep_otlp_spans_total", "Spans that the collector took, and those that were dropped");

    prometheus::Labels const mine;
    Histogram&               own_lag = lag.Add(mine, of_chunks);
    Counter&                 own_accepted = accepted.Add(mine);

    explicit families(std::size_t loop) : mine{{"loop", std::to_string(loop)}} {}
};

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

void add(ClientMetric& sum, ClientMetric const& more) {
    sum.counter.value += more.counter.value;
    sum.histogram.sample_count += more.histogram.sample_count;
    sum.histogram.sample_sum += more.histogram.sample_sum;
    for (std::size_t i = 0; i < sum.histogram.bucket.size(); ++i)
        sum.histogram.bucket[i].cumulative_count += more.histogram.bucket[i].cumulative_count;
}

// A series may be of some loops only.
void add(MetricFamily& sum, MetricFamily const& more) {
    for (auto const& one : more.metric) {
        auto const same = std::find_if(sum.metric.begin(), sum.metric.end(),
                                       [&](auto const& m) { return m.label == one.label; });
        if (same == sum.metric.end())
            sum.metric.push_back(one);
        else
            add(*same, one);
    }
}

MetricFamily level(char const* name, char const* help, std::size_t value) {
    MetricFamily of;
    of.name = name;
    of.help = help;
    of.type = prometheus::MetricType::Gauge;
    of.metric.emplace_back().gauge.value = static_cast<double>(value);
    return of;
}

}  // namespace

meters::meters(std::size_t loop) : families_(std::make_unique<families>(loop)) {}
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

void meters::loop_lag(runtime::duration late) { families_->own_lag.Observe(seconds(late)); }

void meters::connection_accepted() { families_->own_accepted.Increment(); }

void meters::spans_exported(std::size_t count) {
    families_->spans.Add({{"outcome", "exported"}}).Increment(static_cast<double>(count));
}

void meters::spans_dropped(std::size_t count) {
    families_->spans.Add({{"outcome", "dropped"}}).Increment(static_cast<double>(count));
}

std::string meters::text(std::vector<meters const*> const& of_loops, levels const& now) {
    std::vector<MetricFamily> sums;
    for (auto const* loop : of_loops) {
        auto const families = loop->families_->all.Collect();
        for (auto const& family : families) {
            auto const same = std::find_if(sums.begin(), sums.end(),
                                           [&](auto const& s) { return s.name == family.name; });
            if (same == sums.end())
                sums.push_back(family);
            else
                add(*same, family);
        }
    }
    sums.push_back(
        level("lockstep_active_requests", "Requests that are being answered", now.active_requests));
    sums.push_back(
        level("lockstep_active_streams", "Questions of these, against streams_max", now.streams));
    sums.push_back(level("lockstep_connections", "Connections of clients", now.connections));
    sums.push_back(level("lockstep_mcp_sessions", "Sessions of MCP clients", now.mcp_sessions));
    return prometheus::TextSerializer().Serialize(sums);
}

}  // namespace proxy
