#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/loop_watch.hpp"
#include "runtime/world.hpp"

namespace runtime {

// In which order work that is ready at the same instant is done.
enum class ready_order {
    fifo,      // as an io_context does it
    shuffled,  // any order, chosen by the seed: finds what depends on luck
};

struct simulation_options {
    std::uint64_t seed = 0;
    ready_order   order = ready_order::fifo;
    std::size_t   pipe_capacity = 64 * 1024;  // bytes in flight in one direction; then writes wait
    std::uint64_t steps_per_instant_max = 2'000'000;  // more is a livelock: no virtual time passes
};

// A world in which time stands still while anybody has work to do and then jumps to the next
// deadline. One loop of our own with our own queue of ready work, so that a seed decides
// every order; connections are pipes in memory with bounded buffers and the manners of TCP
// (tests/runtime/conformance_test.cpp plays the same dialogues on loopback).
//
// Virtual time begins at one hour, so that "0 means unset" mistakes show.
class simulation {
public:
    explicit simulation(simulation_options options = {});
    ~simulation();

    runtime::world world();
    loop_watch&    watch();

    enum class ended {
        goal,      // `until` said so
        quiet,     // nothing can happen any more: who still waits, waits for ever
        livelock,  // work without end in one instant
    };

    // `until` is asked after every step.
    ended run(std::function<bool()> until = {});

    // Steps done so far: for bench/ and for comparing two runs.
    std::uint64_t steps() const;

    // Open connections, listeners, set alarms, for people: empty if nothing is left over.
    std::vector<std::string> left_over() const;

    // When the scenario began: 0ms in every transcript.
    static constexpr time_point beginning{std::chrono::hours(1)};

private:
    struct inside;
    std::unique_ptr<inside> inside_;
};

}  // namespace runtime
