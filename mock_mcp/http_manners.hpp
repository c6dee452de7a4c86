#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/http.hpp"

namespace mock_mcp {

// An HTTP answer that says no.
struct http_refusal {
    unsigned    status = 400;
    std::string body;
};

// What a server of MCP over streamable HTTP refuses before it reads what it is asked (2025-11-25,
// basic/transports, and what the SDKs do): a foreign Origin or Host where it listens on loopback
// (unless `strangers` are let in), a verb, a type or an Accept that it cannot serve, a revision
// that nobody knows.
std::optional<http_refusal> http_objection(runtime::http_request const&,
                                           std::string_view listens_at, bool strangers);

}  // namespace mock_mcp
