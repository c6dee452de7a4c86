#pragma once

#include "wire/conversation.hpp"

namespace wire {

// The body of a generateContent request: an OpenAI conversation in Gemini's words. Throws
// error::unsupported for what Gemini has no word for.
nlohmann::json gemini_body(conversation const&);

}  // namespace wire
