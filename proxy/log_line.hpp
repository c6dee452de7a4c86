#pragma once

#include <string>
#include <string_view>

namespace proxy {

// One line of plain ASCII for a log that people read: what a stranger said in it ends no line and
// moves no cursor.
std::string log_line(std::string_view text);

}  // namespace proxy
