#pragma once

#include <optional>
#include <string>

#include "runtime/entropy.hpp"
#include "runtime/http.hpp"

namespace proxy {

// One request and how it was answered.
struct access_entry {
    std::int64_t                     began = 0;  // seconds since 1970
    std::string                      request_id;
    std::string                      method;
    std::string                      path;   // without its query, which may hold a secret
    std::string                      model;  // empty: none was asked
    bool                             stream = false;
    std::optional<unsigned>          status;  // nothing: /mcp has answered
    std::string                      error;   // its code; empty: all went well
    runtime::duration                took{};
    std::optional<runtime::duration> first_token;
};

// A line of JSON without its end: {"time":"2026-11-23T03:10:00Z","request_id":...,"method":...,
// "path":...,"model":...,"stream":...,"status":...,"error":...,"duration_ms":...,"ttft_ms":...}.
// What is not known is left out.
std::string to_line(access_entry const&);

// The client's own X-Request-Id if it is one (visible ASCII, 128 characters at most), else a new
// one.
std::string request_id_of(runtime::http_request const&, runtime::entropy&);

// What goes along to providers: the id, and the client's W3C trace context as it came.
runtime::http_fields passed_on(runtime::http_request const&, std::string const& request_id);

}  // namespace proxy
