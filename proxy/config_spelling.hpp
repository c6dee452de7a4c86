#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proxy {

// The one of `words` that was probably meant; empty if none is near.
std::string nearest_word(std::string_view written, std::vector<std::string> const& words);

std::string in_quotes(std::string_view word);

// "'a', 'b' and 'c'"; "none" for an empty list.
std::string listed(std::vector<std::string> const& words);

}  // namespace proxy
