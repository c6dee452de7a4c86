#pragma once

#include <map>
#include <memory>
#include <string>

#include "scenarios/scenario.hpp"

namespace scenario {

// A recording that a scenario names: FILE, looked for beside the scenario, then in recordings/
// there and above it. Throws trouble at `at` if there is none, and syntax_error about the file.
std::shared_ptr<replay::recording const> find_recording(std::string const& file,
                                                        std::string const& scenario_path, place at);

// Recordings by the name that a scenario calls them, where they come with it.
using recordings = std::map<std::string, std::shared_ptr<replay::recording const>>;

// As parse_instance(), but reads no file: all recordings are in `kept`.
scenario parse_instance(std::string const& text, std::string const& path, recordings const& kept);

}  // namespace scenario
