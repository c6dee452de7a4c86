#include "runtime/real_terminal.hpp"

#include <unistd.h>

namespace runtime {

bool is_on_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

}  // namespace runtime
