#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of Cohere speaks: named events, calls and contents as single objects, [DONE]
// without a name behind message-end.
namespace wire {

std::unique_ptr<answer_encoder> cohere_encoder(answer_identity const&);
std::string cohere_whole_body(std::vector<delta> const&, answer_identity const&);
std::string cohere_failure_body(failure const&);

}  // namespace wire
