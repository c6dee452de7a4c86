#pragma once

#include <optional>

#include "proxy/span_exporter.hpp"
#include "runtime/http.hpp"

namespace proxy {

// The spans of one request: its own and those of what is done for it. Without an exporter, or if
// the client's trace is not sampled, it does nothing at all.
class request_trace {
public:
    // `unix_now` in nanoseconds.
    request_trace(span_exporter*, runtime::world const&, std::int64_t unix_now,
                  runtime::http_request const&);

    // A piece of the work, until it is destroyed. Left by an exception, it has failed.
    class part {
    public:
        part(part&&) noexcept;
        part& operator=(part&&) = delete;
        ~part();

        void note(char const* key, nlohmann::json value);
        void failed(std::string const& error);

        // For whoever does it for us.
        std::optional<trace_position> position() const;

    private:
        friend class request_trace;
        part(request_trace*, span);

        request_trace* of_;  // null: nobody wants to know
        span           told_;
        int            throwing_;
    };

    part begin(std::string name, enum span::kind = span::kind::client);

    // The request's own; told when the whole is destroyed.
    void name(std::string n) { own_.name = std::move(n); }
    void note(char const* key, nlohmann::json value);
    void failed(std::string const& error);
    ~request_trace();
    request_trace(request_trace const&) = delete;

private:
    std::int64_t unix_now() const;

    span_exporter*      exporter_;
    runtime::world      world_;
    std::int64_t        unix_began_;
    runtime::time_point began_;
    span                own_;
};

// Replaces the client's `traceparent` among headers by ours, if there is one of ours.
void point_to(wire::fields& headers, request_trace::part const&);

}  // namespace proxy
