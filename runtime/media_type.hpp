#pragma once

#include <string_view>

#include "runtime/http.hpp"

namespace runtime {

// The message says that its body is of this type, whatever parameters it adds (RFC 9110 section
// 8.3.1). False if it says nothing.
bool is_of_type(http_fields const&, std::string_view type);

}  // namespace runtime
