#pragma once

#include <string_view>

#include "wire/provider_format.hpp"

namespace wire {

// The body of a chat completions request, and what a mock understands of one.
nlohmann::json    openai_body(conversation const&);
provider_question openai_question(std::string_view body);  // throws error::malformed

}  // namespace wire
