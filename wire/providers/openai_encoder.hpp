#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of OpenAI's chat completions speaks: bytes as the real service sends them, but
// for the random padding it calls "obfuscation".
namespace wire {

std::unique_ptr<answer_encoder> openai_encoder(answer_identity const&);
std::string openai_whole_body(std::vector<delta> const&, answer_identity const&);
std::string openai_failure_body(failure const&);

}  // namespace wire
