#pragma once

#include <string>
#include <string_view>

#include "proxy/config.hpp"

namespace proxy {

// What a server's words may not bring to a client, in either era.

// Whether this request of a server, params and all, sends a person to an address that is none of
// the web: an elicitation's `url` must be http or https (client/elicitation, URL mode).
bool leads_astray(std::string_view request);

// An answer as a client may hear it: an error without the gateway's own credentials, and an error
// instead of a question that leads astray. Anything else as it is.
std::string for_client(mcp_server const&, std::string answer);

}  // namespace proxy
