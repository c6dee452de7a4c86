#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/answer_reader.hpp"

// How an answer of Anthropic's Messages is read.
namespace wire {

// Reads the events wherever they come from: Bedrock has them in frames of its own.
std::unique_ptr<answer_reader>  anthropic_reader();
std::unique_ptr<answer_decoder> anthropic_decoder(std::size_t event_size_max);
std::vector<delta>              anthropic_whole(std::string_view body);

}  // namespace wire
