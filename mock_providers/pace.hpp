#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entropy.hpp"
#include "runtime/time.hpp"

namespace mock {

// How one service's streams flow: when the first output comes, how fast tokens follow, how many
// of them an event holds, how often it stalls. Numbers from measurements and public recordings.
struct pace_profile {
    char const*       name;
    char const*       prompt;        // how `lockstep list` explains it
    runtime::duration first_median;  // until the first output: log-normal
    double            first_sigma;
    runtime::duration token;       // one tick of the token clock
    double            jitter;      // of a tick, relative: normal
    double            drift;       // of the clock, relative: a slow AR(1) walk
    double            grouped;     // tokens an event: the share of events with one ...
    double            group_mean;  // ... and the mean of the others (geometric); see `group_min`
    std::size_t       group_min;
    std::size_t       argument_size;  // characters in a piece of a tool's arguments; 0: whole
    double            held;           // share of events that leave together with the next
    double            stall;          // share of events before which the stream stalls
};

// One row a service, in the order `lockstep list paces` shows them.
std::span<pace_profile const> paces();
pace_profile const*           find_pace(std::string_view name);

// One stream at a profile's pace. All draws come from one source: a seed gives the same stream in
// every world, on every machine. tests/replay/pace_test.cpp looks at the shape of each draw.
class pace {
public:
    pace(pace_profile const& profile, std::uint64_t seed, std::string_view stream);

    struct piece {
        runtime::duration gap{};  // since the piece before
        std::string       text;
    };

    // The text as the service would send it. The first piece of a stream waits for the first
    // output.
    std::vector<piece> text(std::string_view whole);
    std::vector<piece> arguments(std::string_view whole);

    runtime::duration first();  // a draw of the first output's time
    runtime::duration tick();   // a draw of the token clock
    std::size_t       group();  // a draw of the tokens of one event
    runtime::duration stall();  // a draw: mostly nothing

private:
    double            uniform();  // (0, 1)
    double            normal();
    runtime::duration wait_for(std::size_t tokens);

    pace_profile const& profile_;
    runtime::entropy    luck_;
    double              drift_ = 0;
    bool                begun_ = false;
};

}  // namespace mock
