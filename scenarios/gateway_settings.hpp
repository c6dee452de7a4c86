#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/config.hpp"
#include "runtime/real_tls_server.hpp"

namespace scenario {

// A configuration file as it is now, and what it names.
struct gateway_settings {
    proxy::config                                config;
    std::shared_ptr<runtime::tls_identity const> identity;  // null: without TLS
    std::vector<std::string>                     warnings;
};

// `listen` stands for the file's own address unless it is empty. Throws runtime_error with a text
// for people: place, fact, next step.
gateway_settings read_settings(std::string const& file, std::string const& listen);

}  // namespace scenario
