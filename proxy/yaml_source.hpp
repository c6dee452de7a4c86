#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "proxy/config.hpp"

namespace proxy {

// A YAML text and what is needed to speak of it: its name, its lines, its environment.
//
// A message shows the line it is about. Whatever on that line looks like a secret is shown as
// asterisks: what a program says at its start ends up in logs.
class yaml_source {
public:
    // Throws config_error if the text is not one YAML document.
    yaml_source(std::string_view text, std::string file, environment const&,
                std::vector<std::string>& warnings);

    YAML::Node const& root() const { return root_; }

    std::optional<std::string> lookup(std::string const& name) const { return environment_(name); }

    // `secret`: what stands there is not repeated.
    [[noreturn]] void fail(YAML::Mark const&, std::size_t width, std::string const& problem,
                           std::string const& hint, bool secret = false) const;
    void              warn(YAML::Mark const&, std::string const& what) const;

private:
    struct place {
        std::size_t line = 0;    // from 0
        std::size_t byte = 0;    // in the line
        std::size_t column = 0;  // in characters
    };
    place       find(YAML::Mark const&) const;
    std::string prefix(place const&) const;

    std::string               file_;
    std::vector<std::string>  lines_;
    environment const&        environment_;
    std::vector<std::string>& warnings_;
    YAML::Node                root_;
};

}  // namespace proxy
