#pragma once

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "wire/delta.hpp"

namespace wire {

// What an HTTP error body says, whoever wrote it: JSON in any of the shapes that providers and
// the boxes before them use, or else its first words, if they are no page. Stack traces are cut
// off. Never throws.
failure read_failure(int status, std::string_view body);

// The same of a JSON value, as it stands in an error event.
failure failure_of(int status, nlohmann::json const& told);

}  // namespace wire
