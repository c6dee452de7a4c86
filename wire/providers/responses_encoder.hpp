#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of OpenAI's Responses speaks: numbered and named events, items that open and
// close, and deltas filled up to a multiple of 16 characters.
namespace wire {

std::unique_ptr<answer_encoder> responses_encoder(answer_identity const&);
std::string responses_whole_body(std::vector<delta> const&, answer_identity const&);
std::string responses_failure_body(failure const&);

}  // namespace wire
