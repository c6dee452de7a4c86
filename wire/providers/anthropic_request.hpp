#pragma once

#include "wire/conversation.hpp"

namespace wire {

// The body of a Messages request: an OpenAI conversation in Anthropic's words. Throws
// error::unsupported for what Anthropic has no word for, and leaves out what only steers
// sampling (seed, penalties, logprobs).
nlohmann::json anthropic_body(conversation const&);

}  // namespace wire
