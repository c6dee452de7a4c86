#pragma once

#include <string_view>

#include "proxy/endpoint.hpp"

namespace proxy {

// The body of POST /v1/responses. Throws refused.
understood read_responses_request(std::string_view body, asking const&);

}  // namespace proxy
