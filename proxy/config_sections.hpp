#pragma once

#include "proxy/config.hpp"
#include "proxy/yaml_reader.hpp"

// How each part of the file becomes part of the config. Only read_config() calls these.
namespace proxy {

// What is said for all models must have been read: each of them begins with it.
void read_models(yaml_value const& list, config& into);

void read_servers(yaml_value const& map, config& into);

// litellm_settings.mcp_aliases; the servers must have been read.
void read_aliases(yaml_value const& map, config& into);

}  // namespace proxy
