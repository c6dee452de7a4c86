#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of Bedrock speaks: binary frames, keys in the order of the alphabet, a padding of
// its own length in each, and blocks of text that never begin but end.
namespace wire {

std::unique_ptr<answer_encoder> bedrock_encoder(answer_identity const&);
std::string bedrock_whole_body(std::vector<delta> const&, answer_identity const&);
std::string bedrock_failure_body(failure const&);
fields      bedrock_failure_head(failure const&);

}  // namespace wire
