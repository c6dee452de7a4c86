#pragma once

namespace runtime {

// Is a person looking at our standard output, and not a file or a pipe?
bool is_on_terminal();

}  // namespace runtime
