#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include <boost/system/error_code.hpp>

#include "runtime/error.hpp"
#include "runtime/time.hpp"
#include "wire/error.hpp"
#include "wire/json_rpc.hpp"

namespace runtime {
struct http_limits;
}

// What a peer may cost us at most, and what it is told if it wants more. Every limit has a row in
// limit_rows(), from which the configuration is read, `lockstep list limits` and docs/limits.md are
// made, and which the tests go through (tests/proxy/limits_*_test.cpp).
namespace proxy {

struct limits {
    // A client's request.
    std::size_t       request_line_max = 8 << 10;
    std::size_t       request_header_max = 16 << 10;
    std::size_t       request_fields_max = 100;
    std::size_t       chunk_line_max = 256;
    std::size_t       trailers_max = 8 << 10;
    std::size_t       trailer_fields_max = 32;
    std::size_t       request_body_max = 32 << 20;
    std::size_t       mcp_body_max = 4 << 20;
    std::size_t       json_values_max = 200'000;
    std::size_t       json_members_max = 10'000;  // of one object
    std::size_t       json_depth_max = 128;
    std::size_t       rpc_id_max = 256;
    std::size_t       rpc_method_max = 256;
    std::size_t       mcp_session_id_max = 128;
    std::size_t       last_event_id_max = 1 << 10;
    runtime::duration header_timeout = std::chrono::seconds(10);
    runtime::duration body_timeout = std::chrono::seconds(30);
    std::size_t       body_rate_min = 1 << 10;  // bytes a second, beyond body_timeout
    runtime::duration connection_idle = std::chrono::seconds(60);

    // A provider's answer.
    std::size_t       upstream_header_max = 32 << 10;
    std::size_t       upstream_fields_max = 200;
    std::size_t       upstream_interim_max = 8;
    std::size_t       upstream_body_max = 32 << 20;
    std::size_t       upstream_error_max = 64 << 10;
    std::size_t       event_size_max = 4 << 20;
    runtime::duration retry_after_max = std::chrono::seconds(60);

    // An MCP server.
    std::size_t       tool_result_max = 8 << 20;
    std::size_t       stdio_line_max = 8 << 20;
    std::size_t       stderr_max = 64 << 10;
    std::size_t       tools_max = 1000;  // of one server
    std::size_t       list_pages_max = 100;
    std::size_t       tool_name_max = 128;
    std::size_t       tool_description_max = 16 << 10;
    std::size_t       tool_schema_max = 64 << 10;
    runtime::duration tool_call_total = std::chrono::seconds(300);  // however much progress
    std::size_t       restarts_max = 5;                             // of a program
    runtime::duration restart_window = std::chrono::seconds(60);
    runtime::duration restart_pause_first = std::chrono::milliseconds(100);
    runtime::duration restart_pause_max = std::chrono::seconds(30);

    // All of them together.
    std::size_t connections_max = 10'000;
    std::size_t streams_max = 8'000;  // questions that are answered at a time
    std::size_t requests_per_key_max = 64;
    std::size_t buffered_max = 256 << 20;
    std::size_t mcp_sessions_max = 10'000;
    std::size_t mcp_sessions_per_key_max = 100;
    std::size_t mcp_pending_max = 100;     // requests at a time of one session, each way
    std::size_t mcp_replay_max = 1 << 20;  // bytes of one stream that a client may resume
    std::size_t mcp_streams_max = 16;      // answered ones of one session that are still kept
    std::size_t rounds_max = 10;           // of asking the model again with tool results
    std::size_t stream_buffer_max = 64 << 10;

    bool operator==(limits const&) const = default;
};

struct limit_row {
    enum class measure { bytes, count, time };

    char const* name;  // in lockstep_settings
    measure     of;
    std::size_t limits::* size;  // of bytes and counts
    runtime::duration limits::* time;
    char const*                 what;  // "the request line"
    char const*                 told;  // what happens to who passes it
    char const* apart;  // where and why we differ from what others do; empty: nowhere
    // What the rooms below throw when it is passed.
    std::variant<std::monostate, runtime::error, wire::error> thrown{};
};

// In the order in which `lockstep list limits` prints them.
std::span<limit_row const> limit_rows();
limit_row const&           limit_named(std::string_view name);

// "8192 bytes", "100", "10s".
std::string value_text(limit_row const&, limits const&);

// "the request line is larger than this gateway takes: request_line_max is 8192 bytes"; nothing if
// no row has thrown that.
std::string                passed_text(std::string_view name, limits const&);
std::optional<std::string> passed_text(boost::system::error_code const&, limits const&);

// As a table of Markdown.
std::string limits_page();

// What the readers below are told of them.
runtime::http_limits of_requests(limits const&);
runtime::http_limits of_answers(limits const&);
wire::rpc_limits     of_messages(limits const&);

}  // namespace proxy
