#pragma once

#include <string>
#include <string_view>

#include "proxy/question.hpp"

// What the readers of all endpoints do alike. Everything here throws refused.
namespace proxy {

[[noreturn]] void refuse_request(int status, std::string code, std::string message,
                                 std::string param);

nlohmann::json parse_request(std::string_view body, limits const&);

// The value at a name; null if there is none, or if it is null.
nlohmann::json const* given(nlohmann::json const& from, char const* name);

bool        read_flag(nlohmann::json const& from, char const* name, bool otherwise = false);
// A text that must be one if it is there.
std::string read_text(nlohmann::json const& from, char const* name);

// The model, how long it may take and whether it is streamed.
question read_question(nlohmann::json const& request, config const&);

}  // namespace proxy
