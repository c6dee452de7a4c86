#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "scenarios/results.hpp"

// Which scenarios are played, and playing them: what `run` does without printing.
namespace scenario {

struct selection {
    std::vector<std::string> paths;       // files, folders, and instances: FILE.scenario@byte=17
    std::vector<std::string> names;       // parts of an id, or patterns with '*'; empty: all
    std::vector<std::string> families;    // empty: all
    std::string              baseline;    // a file; empty: none
    std::size_t              sample = 0;  // at most so many instances of a sweep; 0: all
};

// What is to be played, in the order of the files, none of it played yet. Sweeps are unfolded;
// what cannot be read is among them. Throws syntax_error for a baseline that cannot be read.
std::vector<case_result> selected(selection const&);

// Known failures, "family/name@instance  # reason" a line: what is expected to fail, and why. With
// a '*' in its name a line is for all that fit it: each may fail, and one of them must.
std::map<std::string, std::string> read_baseline(std::string const& path);

// Those that this gateway cannot be asked say so and are not played; the others in an order in
// which it is seldom started anew.
void fit_to(external_gateway&, std::vector<case_result>&, play_options const&);

// Plays them on `jobs` threads, each in a world of its own. `done` is told of each in order.
void play_all(std::vector<case_result>&, play_options const&, unsigned jobs,
              std::function<void(case_result const&)> const& done);

// A case is as it should be: it holds, or it fails and the baseline says so.
enum class standing_of {
    held,
    failed,
    inconclusive,
    unreadable,
    known,           // fails, as the baseline says
    stale,           // holds, although the baseline says that it fails: the entry must go
    not_applicable,  // the gateway cannot do what it needs
};
standing_of how_it_stands(case_result const&);

// Patterns of the baseline which nothing needs any more: some that fit them were played, and all
// of those hold.
std::vector<std::string> stale_patterns(std::vector<case_result> const&);

}  // namespace scenario
