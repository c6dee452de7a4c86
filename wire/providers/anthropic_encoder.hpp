#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of Anthropic's Messages speaks: bytes as the real service sends them, but for
// the spaces it puts before the last brace of an event.
namespace wire {

std::unique_ptr<answer_encoder> anthropic_encoder(answer_identity const&);
std::string anthropic_whole_body(std::vector<delta> const&, answer_identity const&);
std::string anthropic_failure_body(failure const&);

}  // namespace wire
