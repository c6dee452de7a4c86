#pragma once

#include <string>
#include <vector>

#include "runtime/real_program.hpp"

namespace scenario {

// What a process holds after each of several equal rounds. What a gateway keeps for the next
// exchange it keeps once; what grows with every round is lost.
class growth {
public:
    void add(runtime::process_figures after_round) { rounds_.push_back(after_round); }

    // Of the round before; nothing to compare with in the first.
    runtime::process_figures last() const {
        return rounds_.empty() ? runtime::process_figures{} : rounds_.back();
    }

    // "file descriptors after each round: 14 15 16 17": of what never stopped growing. The first
    // round does not count: it fills caches and opens what is kept. Nothing below four rounds.
    std::vector<std::string> told() const;

private:
    std::vector<runtime::process_figures> rounds_;
};

}  // namespace scenario
