#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/provider_format.hpp"

// How an answer of Ollama's own API is read.
namespace wire {

std::unique_ptr<answer_decoder> ollama_decoder(std::size_t line_size_max);
std::vector<delta>              ollama_whole(std::string_view body);

}  // namespace wire
