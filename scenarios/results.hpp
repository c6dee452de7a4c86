#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "scenarios/stage.hpp"

// What a run of many scenarios gives: what the reports are made of.
namespace scenario {

// One scenario, or one instance of a sweep, as it was played.
struct case_result {
    std::string                     id;          // "timeouts/connect", "cancel/any_byte@byte=17"
    std::string                     path;        // of the file
    std::shared_ptr<scenario const> played;      // null: the file could not be read
    std::string                     unreadable;  // then why, as a syntax_error says it
    play_options                    how;
    outcome                         came;
    std::int64_t                    nanoseconds = 0;  // by the machine's clock
    std::string expected_failure;    // the reason that the baseline gives; empty: it should hold
    std::string expected_by;         // the baseline's pattern with '*': then it may hold as well
    std::vector<std::string> unmet;  // what the gateway cannot do: not applicable. Else empty
};

// All of one run, in the order of the files.
struct run_result {
    std::vector<case_result> cases;
    std::int64_t             nanoseconds = 0;
    bool                     real = false;
    std::string              gateway = "our gateway";  // against which it was played
};

}  // namespace scenario
