#pragma once

#include "proxy/config.hpp"
#include "proxy/yaml_reader.hpp"

// How each part of the file becomes part of the config. Only read_config() calls these.
namespace proxy {

// What is said for all models must have been read: each of them begins with it.
void read_models(yaml_value const& list, config& into);

void read_servers(yaml_value const& map, config& into);

// The name of a header that the configuration adds to our requests: a token, and none that we write
// ourselves.
void check_header_name(yaml_value const& key);

// TLS, loops, telemetry: of lockstep_settings, behind its `listen`.
void read_operation(yaml_section&, config& into, tls_check const&);

// litellm_settings.mcp_aliases; the servers must have been read.
void read_aliases(yaml_value const& map, config& into);

// Deployments, retries and fallbacks: of litellm_settings, then of router_settings, which win.
// Names of models are looked up once these are known.
class routing_reader {
public:
    explicit routing_reader(routing& into) : into_(into) {}

    void read_shared(yaml_section&);  // what both sections may say
    void read_router(yaml_section&);  // and what router_settings alone may
    void check(config const&) const;

private:
    using lists = std::map<std::string, routing::names>;

    void        read_fallbacks(yaml_section&, char const* key, lists& into);
    std::string model_named(yaml_value const&);

    routing&                into_;
    std::vector<yaml_value> named_;
};

}  // namespace proxy
