#pragma once

#include <string>

#include "replay/recording.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// The file of a recording: a header line, then one JSON line for each thing that passed. Bytes
// stand as text where they are UTF-8, as base64 otherwise. docs/recording-format.md has all of it;
// tests/scenarios/recording_text_test.cpp proves that what was written is read.
std::string header_line(replay::recording const&);
std::string lines_of(replay::exchange const&);
std::string line_of(replay::spoken_line const&);
std::string exit_line(int status);
std::string to_text(replay::recording const&);

// Reads what people have edited, too: blank lines and lines that begin with '#' are passed over,
// what can be derived may be left out. Throws syntax_error with the line and the column.
replay::recording parse_recording(std::string const& text, std::string const& path);
replay::recording read_recording_file(std::string const& path);

// What `ignored` may hold: a JSON pointer to something within.
bool is_json_pointer(std::string const&);

}  // namespace scenario
