#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/entropy.hpp"

namespace proxy {

// Where in a distributed trace we are: W3C's `traceparent` (https://www.w3.org/TR/trace-context/).
struct trace_position {
    std::string trace_id;  // 32 hexadecimal digits in lower case, not all 0
    std::string span_id;   // 16 of them
    bool        sampled = true;
};

// Nothing if it is not one, of whatever version.
std::optional<trace_position> read_traceparent(std::string_view);
std::string                   to_traceparent(trace_position const&);

std::string new_trace_id(runtime::entropy&);
std::string new_span_id(runtime::entropy&);

// A piece of work, as OpenTelemetry tells of it. What is in it goes to whoever runs the collector:
// no text of a conversation, no key.
struct span {
    enum class kind { internal = 1, server = 2, client = 3 };

    std::string    trace_id;
    std::string    id;
    std::string    parent;  // empty: the first of its trace
    std::string    name;
    enum kind      kind = kind::internal;
    std::int64_t   began = 0;  // nanoseconds since 1970
    std::int64_t   ended = 0;
    nlohmann::json attributes = nlohmann::json::object();  // texts, whole numbers, truths
    std::string    error;                                  // what kind; empty: none
};

// ExportTraceServiceRequest in OTLP's JSON
// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
std::string to_otlp(std::vector<span> const&, std::string const& service_name);

}  // namespace proxy
