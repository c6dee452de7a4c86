#pragma once

#include <cstdint>
#include <string>

#include "scenarios/gateway_config.hpp"
#include "scenarios/gateway_file.hpp"

namespace scenario {

// What a gateway is told of: everything that the templates of its file can name.
struct template_ground {
    struct model {
        std::string      name;
        std::string      format;
        runtime::address at;
        std::string      key;
        std::string      provider = {};  // as the scenario calls it; empty: the canary's
    };
    struct server {
        std::string              name;
        std::string              transport;
        runtime::address         at;
        std::vector<std::string> command;  // over stdio
    };
    std::vector<model>   models;
    std::vector<server>  servers;
    std::vector<setting> settings;    // of the scenario, times shortened
    std::int64_t         factor = 1;  // by which times are shortened
    runtime::address     gateway;     // where it is to listen
    std::string          key;         // what its clients show
    std::string          work;        // the folder of this run, where its files are written
    std::string          dir;         // of the gateway file
    std::string          program;     // lockstep itself
    std::string          yaml;        // the configuration of our own gateway for this scenario
};

// Of a scenario's own actors; the rest is the caller's.
template_ground ground_of(scenario const&, addresses const&);

// A Mustache text, filled in. Throws syntax_error, about `what`, for one that cannot be.
std::string filled(std::string const& text, template_ground const&, std::string const& what);

// The same with the members of one model at hand: for the header of a request.
std::string filled(std::string const& text, template_ground::model const&, std::string const& what);

}  // namespace scenario
