#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/http.hpp"
#include "scenarios/scenario.hpp"

namespace scenario {

// What a gateway wants to hear besides, by the model that is asked for. A header that a request
// has already is replaced.
using request_headers = std::function<runtime::http_fields(std::string const& model)>;

// What the common request (`ask`) is made of.
struct common_request {
    std::function<void()>              terminate;  // the gateway, as SIGTERM does
    std::string                        model;      // of the first provider
    std::map<std::string, std::string> models;     // by provider's name
    std::vector<std::string>           servers;    // MCP servers, all asked for
    std::string                        key;
    request_headers                    headers_of;  // none: no gateway wants any
    nlohmann::json                     body;        // members that `ask` must have; null: none
};

// What a client can go on from: the response that it was given last.
struct last_response {
    std::string              id;
    std::vector<std::string> approvals;  // that it was asked for
};

struct spelled_request {
    std::string path;
    std::string body;
};

// The value behind a word of a step's options: "key sk-x". Empty for a word that has none.
std::optional<std::string> option(client_step const&, std::string const& name);

// The common request in the words of the endpoint that the step names.
spelled_request spell(common_request const&, client_step const&, last_response const&);

// The header that carries a key, and what else belongs to a client of this path.
runtime::http_fields client_fields(std::string const& path, std::string const& key);

}  // namespace scenario
