#pragma once

#include <string>

#include "replay/recording.hpp"

namespace scenario {

// Recordings of others: VCR cassettes (vcrpy, Ruby's VCR, go-vcr), HAR, raw bodies (.sse, .ndjson),
// aimock's fixtures. What such a file cannot know is in the recording's note. `path` tells the kind
// by its extension, and the content where that is not enough. Throws syntax_error.
replay::recording import_recording(std::string const& text, std::string const& path);

// One for each kind.
replay::recording import_body(std::string const& text, std::string const& path);
replay::recording import_cassette(std::string const& text, std::string const& path);
replay::recording import_har(std::string const& text, std::string const& path);
replay::recording import_fixtures(std::string const& text, std::string const& path);

// Lays a body into an answer: an event, or a line, a piece, all at one time. What the head says
// of framing is made true.
void lay_body(replay::answer&, std::string const& body, runtime::duration at);

}  // namespace scenario
