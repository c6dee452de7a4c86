#pragma once

#include <string>

#include <boost/system/error_code.hpp>

namespace wire {

// What can be wrong with bytes from outside. Thrown as boost::system::system_error.
enum class error {
    event_too_large = 1,  // an SSE event or line beyond its limit
    stream_cut,           // a stream ended before its provider's end mark
    malformed,            // bytes that are not what the format promises
    not_utf8,
    nul_byte,              // a raw NUL in JSON text
    too_deep,              // JSON nested beyond the limit
    too_many_values,       // JSON values beyond the limit
    bad_chunk,             // HTTP chunked framing
    not_json_rpc,          // JSON, but not a JSON-RPC 2.0 message
    repeated_name,         // a JSON object with a member twice: readers would disagree
    unsupported,           // asked of a provider that has no word for it (the caller's fault)
    too_many_members,      // of one JSON object, beyond the limit
    chunk_line_too_large,  // size and extensions of an HTTP chunk beyond the limit
    trailers_too_large,    // all that follows the last chunk, beyond the limit
    too_many_trailers,     // their number
    id_too_large,          // of a JSON-RPC message
    method_too_large,      // its name, of a JSON-RPC message
};

boost::system::error_category const& error_category();
boost::system::error_code            make_error_code(error);

// Throws; `what` says what was found and where, for people.
[[noreturn]] void fail(error, std::string const& what);

}  // namespace wire

template <>
struct boost::system::is_error_code_enum<wire::error> : std::true_type {};
