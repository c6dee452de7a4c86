#pragma once

#include <functional>
#include <string>

#include "runtime/bell.hpp"

namespace mock_mcp {

// What a played program has beside its standard input and output.
struct surroundings {
    std::function<void(std::string)> errors;               // takes what it writes to stderr
    bool                             asked_to_go = false;  // SIGTERM
    bool                             killed = false;       // SIGKILL: it does not get to know
    runtime::bell                    changed;
};

}  // namespace mock_mcp
