#include "proxy/limits.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "runtime/http.hpp"

namespace proxy {

namespace {

using enum limit_row::measure;

constexpr limit_row size_of(char const* name, std::size_t limits::* at, char const* what,
                            char const* told, char const* apart = "",
                            decltype(limit_row::thrown) thrown = {}) {
    return {name, bytes, at, nullptr, what, told, apart, thrown};
}

constexpr limit_row count_of(char const* name, std::size_t limits::* at, char const* what,
                             char const* told, char const* apart = "",
                             decltype(limit_row::thrown) thrown = {}) {
    return {name, count, at, nullptr, what, told, apart, thrown};
}

constexpr limit_row time_of(char const* name, runtime::duration limits::* at, char const* what,
                            char const* told, char const* apart = "") {
    return {name, limit_row::measure::time, nullptr, at, what, told, apart, {}};
}

constexpr limit_row rows[] = {
    size_of("request_line_max", &limits::request_line_max, "the request line",
            "414 target_too_large", "", runtime::error::target_too_large),
    size_of("request_header_max", &limits::request_header_max, "the request header",
            "431 header_too_large", "one field has 60,000 bytes at most, whatever it says",
            runtime::error::head_too_large),
    count_of("request_fields_max", &limits::request_fields_max, "the number of header fields",
             "431 header_too_large", "", runtime::error::too_many_fields),
    size_of("chunk_line_max", &limits::chunk_line_max, "the line before a chunk", "400 bad_request",
            "", wire::error::chunk_line_too_large),
    size_of("trailers_max", &limits::trailers_max, "what follows the last chunk",
            "400 bad_request; dropped below it", "", wire::error::trailers_too_large),
    count_of("trailer_fields_max", &limits::trailer_fields_max,
             "the number of fields behind the last chunk", "400 bad_request; dropped below it", "",
             wire::error::too_many_trailers),
    size_of("request_body_max", &limits::request_body_max, "the request body",
            "413 request_too_large", "", runtime::error::body_too_large),
    size_of("mcp_body_max", &limits::mcp_body_max, "the message", "413, -32600"),
    count_of("json_values_max", &limits::json_values_max, "the number of JSON values",
             "400 invalid_json; -32600", "providers and MCP servers have the default",
             wire::error::too_many_values),
    count_of("json_members_max", &limits::json_members_max, "the number of an object's members",
             "400 invalid_json; -32600", "providers and MCP servers have the default",
             wire::error::too_many_members),
    count_of("json_depth_max", &limits::json_depth_max, "the nesting of JSON",
             "400 invalid_json; -32700", "providers and MCP servers have the default",
             wire::error::too_deep),
    size_of("rpc_id_max", &limits::rpc_id_max, "the id", "400, -32600", "",
            wire::error::id_too_large),
    size_of("rpc_method_max", &limits::rpc_method_max, "the method's name", "400, -32600", "",
            wire::error::method_too_large),
    size_of("mcp_session_id_max", &limits::mcp_session_id_max, "MCP-Session-Id", "400, -32600"),
    size_of("last_event_id_max", &limits::last_event_id_max, "Last-Event-ID", "400, -32600"),
    time_of("header_timeout", &limits::header_timeout, "the request header", "408 request_timeout",
            "of a kept connection's next request, connection_idle: silence and header together"),
    time_of("body_timeout", &limits::body_timeout, "the request body", "408 request_timeout"),
    size_of("body_rate_min", &limits::body_rate_min, "each second of a body beyond body_timeout",
            "408 request_timeout"),
    time_of("connection_idle", &limits::connection_idle, "the silence between two requests",
            "the connection is closed"),

    size_of("upstream_header_max", &limits::upstream_header_max, "the header of the answer",
            "502 upstream_protocol"),
    count_of("upstream_fields_max", &limits::upstream_fields_max,
             "the number of the answer's header fields", "502 upstream_protocol"),
    count_of("upstream_interim_max", &limits::upstream_interim_max, "the number of interim answers",
             "502 upstream_protocol", "101 is refused always: nobody asks for it",
             runtime::error::too_many_interim),
    size_of("upstream_body_max", &limits::upstream_body_max, "the answer",
            "502 upstream_too_large"),
    size_of("upstream_error_max", &limits::upstream_error_max, "the body of a refusal",
            "cut there, and marked"),
    size_of("event_size_max", &limits::event_size_max, "an event",
            "upstream_too_large, 502 or in the stream", "", wire::error::event_too_large),
    time_of("retry_after_max", &limits::retry_after_max, "a Retry-After",
            "not waited for: another model stands in, or the client is told (docs/routing.md)"),

    size_of("tool_result_max", &limits::tool_result_max, "a message of an MCP server",
            "-32603; in chat 502 tool_failed"),
    size_of("stdio_line_max", &limits::stdio_line_max, "a line of an MCP server",
            "-32603 for its call; the next line is read; in chat 502 tool_failed"),
    size_of("stderr_max", &limits::stderr_max, "what is kept of stderr", "the oldest is dropped"),
    count_of("tools_max", &limits::tools_max, "the number of a server's tools",
             "-32603; in chat 502 listing_failed"),
    count_of("list_pages_max", &limits::list_pages_max, "the number of a list's pages",
             "-32603; in chat 502 listing_failed"),
    size_of(
        "tool_name_max", &limits::tool_name_max, "a tool's name", "left out, and the log says so",
        "in chat 64 with the server's name in front, which is what the strictest provider takes"),
    size_of("tool_description_max", &limits::tool_description_max, "a tool's description",
            "left out, and the log says so"),
    size_of("tool_schema_max", &limits::tool_schema_max, "a tool's schema",
            "left out, and the log says so"),
    time_of("tool_call_total", &limits::tool_call_total, "a call with progress",
            "-32001; in chat 504 tool_timeout"),
    count_of("restarts_max", &limits::restarts_max, "the number of a program's restarts",
             "the server is down: -32001; in chat 502 listing_failed"),
    time_of("restart_window", &limits::restart_window, "the time in which restarts are counted",
            "a restart is forgotten"),
    time_of("restart_pause_first", &limits::restart_pause_first,
            "the pause before a restart, doubled each time", "the call waits"),
    time_of("restart_pause_max", &limits::restart_pause_max, "the longest such pause",
            "the call waits"),

    count_of("connections_max", &limits::connections_max, "the number of connections",
             "503 too_many_connections, Retry-After 1, closed"),
    count_of("streams_max", &limits::streams_max, "the number of questions at a time",
             "503 too_many_streams, Retry-After 1",
             "elsewhere 5,000, which this gateway has to hold easily"),
    count_of("requests_per_key_max", &limits::requests_per_key_max,
             "the number of one key's requests at a time", "429 too_many_requests, Retry-After 1",
             "a client is who shows one of `keys`; the master key is the operator's, and who shows "
             "none is everybody: for these the limit in all does; in a session of MCP it is "
             "mcp_pending_max"),
    size_of("buffered_max", &limits::buffered_max, "what is kept in memory for all clients",
            "503 overloaded for new requests, Retry-After 1"),
    count_of("mcp_sessions_max", &limits::mcp_sessions_max, "the number of MCP sessions",
             "503, -32603"),
    count_of("mcp_sessions_per_key_max", &limits::mcp_sessions_per_key_max,
             "the number of one key's MCP sessions", "429, -32603, Retry-After 1"),
    count_of("mcp_pending_max", &limits::mcp_pending_max,
             "the number of a session's requests at a time", "400, -32600"),
    size_of("mcp_replay_max", &limits::mcp_replay_max, "what a client may resume of a stream",
            "the server waits for its client"),
    count_of("mcp_streams_max", &limits::mcp_streams_max,
             "the number of answered streams that are kept", "the oldest is forgotten"),
    count_of("rounds_max", &limits::rounds_max, "the number of rounds with tools",
             "502 too_many_rounds"),
    size_of("stream_buffer_max", &limits::stream_buffer_max, "what one read may bring of a stream",
            "the rest waits with the provider"),
};

std::string described(limit_row const& row, limits const& l) {
    auto const* beyond = row.of == bytes   ? " is larger than this gateway takes: "
                         : row.of == count ? " is more than this gateway takes: "
                                           : " takes longer than this gateway waits: ";
    return std::string(row.what) + beyond + row.name + " is " + value_text(row, l);
}

}  // namespace

std::span<limit_row const> limit_rows() { return rows; }

limit_row const& limit_named(std::string_view name) {
    for (auto const& row : rows)
        if (row.name == name) return row;
    throw std::out_of_range("no limit has this name");
}

std::string value_text(limit_row const& row, limits const& l) {
    if (row.of == limit_row::measure::time) return runtime::to_text(l.*row.time);
    return std::to_string(l.*row.size) + (row.of == bytes ? " bytes" : "");
}

std::string passed_text(std::string_view name, limits const& l) {
    return described(limit_named(name), l);
}

std::optional<std::string> passed_text(boost::system::error_code const& why, limits const& l) {
    auto const threw = [&](limit_row const& row) {
        if (auto const* e = std::get_if<runtime::error>(&row.thrown)) return why == *e;
        auto const* e = std::get_if<wire::error>(&row.thrown);
        return e && why == *e;
    };
    auto const found = std::find_if(std::begin(rows), std::end(rows), threw);
    if (found == std::end(rows)) return {};
    return described(*found, l);
}

std::string limits_page() {
    limits const defaults;
    std::string  page = "| setting | default | of | who passes it |\n|---|---|---|---|\n";
    for (auto const& row : rows) {
        page += "| `" + std::string(row.name) + "` | " + value_text(row, defaults) + " | " +
                row.what + " | " + row.told;
        if (*row.apart) page += " (" + std::string(row.apart) + ")";
        page += " |\n";
    }
    return page;
}

runtime::http_limits of_requests(limits const& l) {
    runtime::http_limits made;
    made.head_max = l.request_header_max;
    made.field_count_max = l.request_fields_max;
    made.request_line_max = l.request_line_max;
    // How much an endpoint takes is known when it is known which one is asked: read_body().
    made.body_max = std::numeric_limits<std::uint64_t>::max();
    made.chunks = {l.chunk_line_max, l.trailers_max, l.trailer_fields_max};
    return made;
}

runtime::http_limits of_answers(limits const& l) {
    runtime::http_limits made;
    made.head_max = l.upstream_header_max;
    made.field_count_max = l.upstream_fields_max;
    made.interim_max = l.upstream_interim_max;
    made.body_max = l.upstream_body_max;
    made.read_size = std::min<std::size_t>(l.stream_buffer_max, 16 * 1024);
    return made;
}

wire::rpc_limits of_messages(limits const& l) {
    wire::rpc_limits made;
    made.id_max = l.rpc_id_max;
    made.method_max = l.rpc_method_max;
    made.json.depth_max = l.json_depth_max;
    made.json.value_count_max = l.json_values_max;
    made.json.member_count_max = l.json_members_max;
    return made;
}

}  // namespace proxy
