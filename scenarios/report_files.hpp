#pragma once

#include <string>

#include "scenarios/results.hpp"

namespace scenario {

// Where a run is written down, besides the terminal; empty: not at all.
struct report_files {
    std::string junit;
    std::string trace;
    std::string perfetto;
    std::string html;
};

// Writes a file anew; throws syntax_error if it cannot be written.
void save_text(std::string const& path, std::string const& text);

// Both throw syntax_error for a file that cannot be written; the first, before anything is played.
void expect_writable(report_files const&);
void write(report_files const&, run_result const&);

}  // namespace scenario
