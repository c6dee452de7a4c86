#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/provider_format.hpp"

// How an answer of Bedrock's Converse is read.
namespace wire {

std::unique_ptr<answer_decoder> bedrock_decoder(std::size_t frame_size_max);
std::vector<delta>              bedrock_whole(std::string_view body);

}  // namespace wire
