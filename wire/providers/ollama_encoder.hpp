#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of Ollama speaks: a JSON object a line, whole calls with their arguments as an
// object, durations at the end.
namespace wire {

std::unique_ptr<answer_encoder> ollama_encoder(answer_identity const&);
std::string ollama_whole_body(std::vector<delta> const&, answer_identity const&);
std::string ollama_failure_body(failure const&);

}  // namespace wire
