#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bench {

// The body of a streamed answer of so many words, as the provider of this name spells it
// (wire/provider_format.hpp): one string for each word, and one for the end with its usage.
std::vector<std::string> answer(std::string const& provider, std::size_t word_count);

}  // namespace bench
