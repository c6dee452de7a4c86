#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace proxy {

// As JSON text. What reaches us has been checked for UTF-8 by the decoders, and a stray byte must
// not end an exchange.
std::string json_text(std::string const&);
std::string json_text(nlohmann::json const&);
std::string json_text(nlohmann::ordered_json const&);

}  // namespace proxy
