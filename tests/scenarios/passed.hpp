#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/token.hpp"

// A trace written down as a transcript: "120ms  proxy -> client  text "a"", a line per event.
// A word "~" before the time makes the event quiet.
inline std::vector<runtime::event> passed(std::string const& text) {
    std::vector<runtime::event> events;
    std::istringstream          lines(text);
    for (std::string line; std::getline(lines, line);) {
        auto tokens = scenario::tokenize(line, 1);
        if (tokens.empty()) continue;
        runtime::event e;
        if (tokens[0].text == "~") {
            e.quiet = true;
            tokens.erase(tokens.begin());
        }
        e.at = runtime::time_point(runtime::parse_duration(tokens.at(0).text).value());
        e.from = tokens.at(1).text;
        e.to = tokens.at(3).text;
        e.verb = tokens.at(4).text;
        e.words = scenario::to_text({tokens.begin() + 5, tokens.end()});
        e.number = events.size();
        events.push_back(std::move(e));
    }
    return events;
}
