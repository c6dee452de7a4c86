#pragma once

#include <string>

#include "proxy/error.hpp"

namespace proxy {

// {"type":"error","error":{"type","message","code"},"request_id"}, as Anthropic's clients expect
// it. `code` is ours: their types do not tell one timeout from another.
std::string to_messages_body(request_problem const&, std::string const& request_id);

}  // namespace proxy
