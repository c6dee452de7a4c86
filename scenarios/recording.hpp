#pragma once

#include <map>
#include <string>
#include <vector>

#include "mock_providers/script.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// The writes of a recorded stream. FILE.sse holds its bytes; FILE.times beside it says when
// they went out, a line per write:
//
//     120ms 245      # 120 ms after the request, the next 245 bytes in one write
//
// The file is looked for beside the scenario, then in recordings/ there and above it.
// Throws trouble at `at` if a file is missing, and syntax_error about the times
// file itself.
std::vector<mock::recorded_write> read_recording(std::string const& file,
                                                 std::string const& scenario_path, place at);

// Recordings by the name that a scenario calls them, where they come with it.
using recordings = std::map<std::string, std::vector<mock::recorded_write>>;

// As parse_instance(), but reads no file: all recordings are in `kept`.
scenario parse_instance(std::string const& text, std::string const& path, recordings const& kept);

}  // namespace scenario
