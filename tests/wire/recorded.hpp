#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/wire/heard.hpp"

// The recorded streams beside the repository and what other readers have understood of them
// (recordings/expected.json).
struct recorded_stream {
    std::string    name;    // "gemini/utf8.sse"
    std::string    format;  // a row of wire::provider_formats()
    std::string    bytes;
    nlohmann::json expected;
};

std::vector<recorded_stream> recorded_streams();

// Complains of everything in which the two differ.
void expect_understood(heard const&, recorded_stream const&);
