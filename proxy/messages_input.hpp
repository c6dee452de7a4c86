#pragma once

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace proxy {

// `system` and `messages` of a Messages request, as chat messages. `told` gives the model's name of
// a tool that the client knows by server and name. Throws refused.
nlohmann::json chat_messages(
    nlohmann::json const&                                                                 request,
    std::function<std::string(std::string const& server, std::string const& name)> const& told);

}  // namespace proxy
