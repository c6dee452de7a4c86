#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scenario {

// Bytes as text (RFC 4648), for what is no UTF-8. Nothing if the text is not base64.
std::string                to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace scenario
