#pragma once

#include <string>
#include <string_view>

#include "runtime/network.hpp"

namespace proxy {

// An http(s) address as the configuration wrote it, and its parts.
struct http_url {
    std::string      text;  // as written
    runtime::address at;
    std::string      path;  // with the query, if any; may be empty
    bool             operator==(http_url const&) const = default;
};

// What cannot be an address we would connect to. what() says why, without quoting the URL:
// it may hold a password.
struct bad_url {
    std::string problem;
};

// Takes what RFC 3986 allows and one spelling of it only: no user information, no fragment, no
// escape or empty label in the host, nothing that two parsers could read in two ways.
// Throws bad_url.
http_url parse_http_url(std::string_view text);

// "127.0.0.1:4000", "[::1]:4000", "localhost:4000"; port 0 lets the system choose one. Throws
// bad_url.
runtime::address parse_listen_address(std::string_view text);

// True if only this machine can reach what listens there.
bool is_loopback(std::string_view host);

}  // namespace proxy
