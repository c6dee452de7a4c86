#pragma once

#include <string>
#include <string_view>

namespace wire {

// How many seconds to wait before another try, where the body of an error tells it and its head
// does not: Google's RetryInfo, Azure's "retry after 37 seconds". Empty if nobody says.
std::string retry_hint(std::string_view body);

}  // namespace wire
