#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/simulation.hpp"
#include "runtime/trace.hpp"
#include "scenarios/expectation.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

struct planted_fault;
class external_gateway;

// How a scenario is to be played.
struct play_options {
    std::uint64_t                seed = 0;
    runtime::ready_order         order = runtime::ready_order::fifo;
    std::optional<std::uint64_t> cut;           // cut all bytes at places that this seed chooses
    bool                         real = false;  // real sockets and the machine's clock
    std::string                  only_check;    // judge by this one alone; empty: by all
    planted_fault const*         planted = nullptr;  // the gateway has this defect
    external_gateway*            gateway = nullptr;  // this one, in the real world; null: ours
    int                          rounds = 1;         // so often against the same process of it
};

// The problem of an objection of "gateway": nothing was played.
inline constexpr char gateway_missing[] = "the gateway is not there";

enum class verdict { passed, failed, inconclusive };

// What came of one performance: the verdict, and all that it was found by, so that a trace file
// can be judged again.
struct outcome {
    verdict                     is = verdict::passed;
    std::vector<objection>      objections;
    std::vector<runtime::event> events;
    std::vector<std::string>    left_over;       // as in `evidence`
    std::vector<std::string>    loop_trouble;    // as in `evidence`
    std::vector<runtime::event> beside;          // as in `evidence`
    std::vector<runtime::event> twin;            // as in `evidence`
    std::vector<runtime::event> over_responses;  // as in `evidence`
    std::vector<runtime::event> over_messages;   // as in `evidence`
    std::vector<runtime::event> mcp;             // as in `evidence`
    tolerance                   slack;
    runtime::duration           length{};         // of the scenario's own time
    std::uint64_t               steps = 0;        // of the simulated loop
    std::string                 inconclusive;     // why: "the machine stood still for 80ms"
    std::string                 profile;          // how the gateway shows its turns; empty: clean
    std::string                 said;             // by a gateway that is not ours: its own log
    std::string                 gateway;          // as it was named; empty: ours, in here
    bool                        runs_on = false;  // it was not stopped: it may keep its sessions
};

// Everybody on one loop: the scripted clients, our gateway, the mocks; then the judgement by the
// scenario's own lines and by the standing checks. Throws syntax_error for a setting or a fault
// that nobody knows.
//
// In the real world long scenarios are played on a faster clock, so that none takes more than a
// few seconds; the tolerance grows with it.
outcome play(scenario const&, play_options const&);

// By how much its times are shortened against this gateway.
std::int64_t factor_against(external_gateway const&, scenario const&, play_options const&);

// Plays it in virtual time and tells the size of each write on the first connection from one
// actor to another: what a sweep over bytes or events counts.
std::vector<std::size_t> measure(scenario const&, std::string const& from, std::string const& to,
                                 int connection = 1);

}  // namespace scenario
