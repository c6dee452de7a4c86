#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/trace.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// An event matches an arrow if it goes the same way and begins with the arrow's words; JSON
// is compared as JSON, text exactly.
bool matches(arrow const&, runtime::event const&);

// What went wrong with one line of a scenario, or with one standing check.
struct objection {
    std::string                      check;    // "expect", "never", "hang", or a check's id
    std::string                      problem;  // "came late", "never came", "passed, but must not"
    std::string                      detail;   // "came 60s after the line above"
    place                            where;    // line 0: no line of the file
    std::optional<std::size_t>       event;    // the event it is about, in the trace
    // For the diff: the event as it was expected, ready to print; empty if nothing was.
    std::string                      expected;
    std::optional<runtime::duration> expected_at;
    std::optional<std::size_t>       after;  // the event of the line above, if there was one
    bool                             about_time =
        false;  // it broke a window of time: a machine that stood still may explain it
};

// How much a measured time may differ: 0 in virtual time.
struct tolerance {
    runtime::duration early{};
    runtime::duration late{};
};

// `expect` and `never` against what passed. At most one objection for `expect` (what follows
// a broken line means little), one per broken `never` line.
std::vector<objection> judge(scenario const&, std::vector<runtime::event> const&, tolerance);

// By which event each line of `expect` was met, up to the first that was not: for reports, which
// show the two side by side.
std::vector<std::size_t> met(scenario const&, std::vector<runtime::event> const&, tolerance);

}  // namespace scenario
