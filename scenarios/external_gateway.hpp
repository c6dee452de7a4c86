#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/real_doors.hpp"
#include "runtime/real_program.hpp"
#include "runtime/world.hpp"
#include "scenarios/gateway_template.hpp"

namespace scenario {

// A gateway that is not ours, on the stage: started with a configuration that names the mocks of
// a scenario, used by it, and started anew when the next one wants another configuration. Plays
// in the real world only.
//
// The mocks' ports are the same for a whole run, by what they are: the model "gpt-4o" in OpenAI's
// format is always found at one address. So one configuration can serve many scenarios.
class external_gateway {
public:
    // `all` is what will be played. A gateway that is kept is told of all their models and servers
    // at once. `first_port`: of the mocks; 0: where some are free.
    external_gateway(gateway_file, std::vector<scenario const*> const& all,
                     std::uint16_t first_port);
    ~external_gateway();

    gateway_file const& file() const { return file_; }

    // By how much this scenario's times are shortened, if it lasts so long and should last no
    // longer than `wanted`.
    std::int64_t factor_for(scenario const&, runtime::duration length,
                            runtime::duration wanted) const;

    // Where everybody is in this scenario: actors by name, and the gateway.
    addresses where(scenario const&) const;

    // What the gateway must be configured with; equal texts need no new start.
    std::string configuration(scenario const&, std::int64_t factor);

    // Makes it run with that. What is wrong otherwise, for people; empty: it is ready.
    std::string bring_up(scenario const&, std::int64_t factor);

    // It has just been started: what it does for the first time takes it longer.
    bool is_fresh() const { return is_fresh_; }

    // Asks it to end and waits, on the loop of a scenario that is over. stopped_badly() tells
    // whether it had to be killed.
    runtime::awaitable<void> stop_on(runtime::world);
    bool                     stopped_badly() const { return stopped_badly_; }

    // What it has said since bring_up(): its own words.
    std::string words() const;

    std::optional<int> ended() const;  // its status, if it has ended by itself

    // What its process holds now that all is over; nothing if it is not ours to look into.
    std::optional<runtime::process_figures> figures(runtime::process_figures const& before) const;

    // How long it has waited for a processor since it began: not its own fault.
    runtime::duration queued() const;

    // What its file adds to each request of this scenario for this model.
    std::vector<std::pair<std::string, std::string>> headers_of(scenario const&,
                                                                std::string const& model) const;

    // "gpt-4o (openai) at http://127.0.0.1:20001/v1", a line each: for who configures it by hand.
    std::string told_of() const;

private:
    template_ground          ground(scenario const&, std::int64_t factor) const;
    std::string              start(std::string const& configuration, template_ground const&);
    std::string              wait_until_ready();
    // The program that is an MCP server over stdio whose scenario is played there.
    std::vector<std::string> joining(runtime::address const&) const;
    void                     stop();
    void                     give_ports(scenario const&);

    gateway_file                                 file_;
    std::optional<runtime::own_folder>           work_;  // none for one that runs already
    std::string                                  program_ = runtime::program_path();
    runtime::address                             at_;
    runtime::port_block                          claimed_;
    std::uint16_t                                next_port_;
    std::map<std::string, runtime::address>      slots_;  // by what is found there
    std::vector<template_ground::model>          models_;
    std::vector<template_ground::server>         servers_;
    std::string                                  running_;  // its configuration
    std::unique_ptr<runtime::background_program> process_;
    bool                                         is_fresh_ = false;
    bool                                         stopped_badly_ = false;
    std::uintmax_t                               heard_ = 0;  // of its log, before this scenario
};

}  // namespace scenario
