#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace scenario {

// Takes one of these words, and tells of the nearest where it is another.
CLI::Validator one_of(std::vector<std::string> words);

// What is wrong with a command line, and what may have been meant: one line for the fact, one for
// the next step. `--help` is no error.
std::string command_line_problem(CLI::App const& app, CLI::ParseError const& error);

}  // namespace scenario
