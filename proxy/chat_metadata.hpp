#pragma once

#include "proxy/client_answer.hpp"

namespace proxy {

// The provider_specific_fields of a chat completion, where LiteLLM puts what the gateway did by
// itself; null if there were no MCP servers.
nlohmann::json chat_metadata(ending const&);

}  // namespace proxy
