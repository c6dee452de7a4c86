#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace proxy {

// Takes out of a request's options what only some providers know and this one would refuse:
// `top_k`, Anthropic's `cache_control`, and its `thinking`, whose budget becomes a
// `reasoning_effort`.
void keep_known_options(std::string_view provider, nlohmann::json& options);

}  // namespace proxy
