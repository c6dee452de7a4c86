#pragma once

#include <string_view>

#include "proxy/endpoint.hpp"

namespace proxy {

// The body of POST /v1/chat/completions. Throws refused: malformed JSON, no messages, unknown
// model, tools that cannot be had.
understood read_chat_request(std::string_view body, asking const&);

}  // namespace proxy
