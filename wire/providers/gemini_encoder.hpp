#pragma once

#include <memory>
#include <string>
#include <vector>

#include "wire/provider_format.hpp"

// How the mock of Gemini speaks: CRLF, blanks in its JSON, whole calls, usage in each chunk, and
// no last word but the end of the body.
namespace wire {

std::unique_ptr<answer_encoder> gemini_encoder(answer_identity const&);
std::string gemini_whole_body(std::vector<delta> const&, answer_identity const&);
std::string gemini_failure_body(failure const&);

}  // namespace wire
