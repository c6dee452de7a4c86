#pragma once

#include <string>

#include "scenarios/results.hpp"

namespace scenario {

// A run as a trace in Chrome's JSON form, which ui.perfetto.dev and chrome://tracing open: a
// process per scenario, a thread per actor, and the scenario's own time. A request, a turn and a
// call are slices; what passed is an arrow between two slices without length, which the viewer
// draws as instants; what was objected to is an instant of its own.
//
// Two things at once on one thread would hide each other: the second goes to a thread "openai 2".
std::string perfetto(run_result const&);

}  // namespace scenario
