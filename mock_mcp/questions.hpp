#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace mock_mcp {

// What a server may ask of its client (client/sampling, client/elicitation, client/roots,
// basic/utilities/ping), with parameters that will do where a script gives none.
struct question {
    std::string    word;  // as scripts name it: "sampling"
    std::string    method;
    nlohmann::json params;
};

// The parser knows the words; any other is a ping.
question const& question_of(std::string const& word);

// A server that answers this method says so in its capabilities.
void offer_for(std::string const& method, nlohmann::json& capabilities);

}  // namespace mock_mcp
