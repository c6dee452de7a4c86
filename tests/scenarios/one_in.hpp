#pragma once

#include <cstdlib>

// Of a long row of cases each nth is tried: where each costs ten times as much, as under a
// sanitizer, LOCKSTEP_ONE_IN in the environment says 10. Elsewhere all are.
inline std::size_t one_in() {
    auto const* said = std::getenv("LOCKSTEP_ONE_IN");
    auto const  n = said ? std::strtoul(said, nullptr, 10) : 1;
    return n > 0 ? n : 1;
}
