#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "wire/provider_format.hpp"

// How an answer of Cohere's chat v2 is read.
namespace wire {

std::unique_ptr<answer_decoder> cohere_decoder(std::size_t event_size_max);
std::vector<delta>              cohere_whole(std::string_view body);

}  // namespace wire
