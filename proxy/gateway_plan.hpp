#pragma once

#include "proxy/config.hpp"
#include "proxy/deployment_health.hpp"

namespace proxy {

// A configuration in force, and what is known of its deployments: one for all loops of a process.
struct gateway_plan {
    explicit gateway_plan(config c) : settings(std::move(c)) {}

    config const      settings;
    deployment_health health;
};

}  // namespace proxy
