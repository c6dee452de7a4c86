#pragma once

#include "wire/conversation.hpp"

namespace wire {

// The body of a Converse request: an OpenAI conversation in Bedrock's words. Throws
// error::unsupported for what Bedrock has no word for.
nlohmann::json bedrock_body(conversation const&);

}  // namespace wire
