#pragma once

#include <boost/system/error_code.hpp>

namespace runtime {

// What can be wrong with a peer, below any provider's meaning. Thrown as
// boost::system::system_error.
enum class error {
    bad_http = 1,          // a message that is not HTTP/1.1 as RFC 9112 has it
    head_too_large,        // header block beyond its limit
    body_too_large,        // body beyond its limit
    body_cut,              // the connection ended inside a body
    closed_early,          // the connection ended before a message began
    unsupported_coding,    // a content coding that nobody asked for
    session_lost,          // an MCP server does not know our session (any more)
    no_answer,             // an MCP stream ended before the response to its request
    not_accepted,          // an MCP server refused a message by its HTTP status
    server_gone,           // an MCP server's process or connection has ended
    line_too_large,        // a line on stdio beyond its limit
    target_too_large,      // a request line beyond its limit
    unsupported_transfer,  // a transfer coding other than chunked
    unsupported_method,    // a request's method that no server of ours knows
    too_many_fields,       // of one head, beyond the limit
    too_many_interim,      // answers (1xx) before the answer, beyond the limit
};

boost::system::error_category const& error_category();
boost::system::error_code            make_error_code(error);

}  // namespace runtime

template <>
struct boost::system::is_error_code_enum<runtime::error> : std::true_type {};
