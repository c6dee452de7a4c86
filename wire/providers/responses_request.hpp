#pragma once

#include "wire/conversation.hpp"

namespace wire {

// The body of a Responses request: an OpenAI chat conversation in the words of the other API.
// Throws error::unsupported for what it has no word for.
nlohmann::json responses_body(conversation const&);

}  // namespace wire
