#pragma once

#include <boost/system/error_code.hpp>
#include <exception>
#include <string>
#include <string_view>

#include "proxy/tool_selection.hpp"
#include "wire/delta.hpp"

namespace proxy {

// What can go wrong with an exchange, each with its own status and code for the client
// (error.cpp has the table). Thrown as system_error where nobody knows more, as `refused` with
// a text for people where somebody does.
enum class error {
    connect_timeout = 1,   // the provider's address did not answer
    first_byte_timeout,    // the provider took the request and said nothing
    idle_timeout,          // the provider fell silent in the middle of its answer
    request_timeout,       // the exchange took too long as a whole
    tool_timeout,          // a tool call got no result
    listing_timeout,       // an MCP server did not tell its tools
    client_write_timeout,  // the client does not read
    client_gone,           // the client hung up
    provider_unreachable,  // no connection
    provider_reset,        // the connection broke before the answer began
    stream_cut,            // the answer broke off before its end mark
    provider_garbage,      // an answer that is not what the provider's format promises
    provider_protocol,     // an answer that breaks HTTP, or has more of a head than it may
    provider_too_large,    // an event or a body beyond its limit
    provider_redirect,     // an answer that points elsewhere
    tool_failed,           // an MCP server died or refused while a tool ran
    listing_failed,        // an MCP server refused to tell its tools
    too_many_rounds,       // the model asked for tools beyond the configured rounds
};

boost::system::error_category const& error_category();
boost::system::error_code            make_error_code(error);

// A problem ready for the client: status, type and code by the table, and the text.
request_problem to_problem(error, std::string message);

// What a client is told of an exception that ended its exchange.
request_problem to_problem(std::exception_ptr);
// The same, with the limit's name and size where one was passed.
request_problem to_problem(std::exception_ptr, limits const&);

// The provider's own words, with its own status, and without our key if it repeats that.
request_problem to_problem(wire::failure const&, std::string const& provider,
                           std::string_view api_key);

// Whether it is no trouble at all, but the cancellation of who would have met it.
bool is_cancelled(std::exception_ptr);

// What a counter calls it: the code if it is one of ours, else the status.
std::string cause_of(request_problem const&);

// A peer that repeats a secret in its complaint must not make us tell it on.
std::string without_secret(std::string text, std::string_view secret);

// {"error":{"message","type","param","code"}}, as OpenAI's clients expect it.
std::string to_body(request_problem const&);

}  // namespace proxy

template <>
struct boost::system::is_error_code_enum<proxy::error> : std::true_type {};
