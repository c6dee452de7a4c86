#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mock_mcp/script.hpp"
#include "mock_mcp/visitor.hpp"
#include "wire/json_rpc.hpp"

// What a script's server has, and what it answers where the script says nothing.
namespace mock_mcp {

nlohmann::json capabilities_of(mcp_script const&);

// Whether some step of the script announces a change of this: "tools", "prompts", "resources".
bool announces(mcp_script const&, std::string_view what);
bool announces_something(mcp_script const&);

// Lists (server/tools, server/prompts, server/resources, server/utilities/pagination) and
// completion (server/utilities/completion). Nothing if the server has nothing of the kind.
std::optional<wire::rpc_response> from_menu(mcp_script const&, wire::rpc_request const&);

// What else a client up to 2025-11-25 may want: initialize, ping, the log's level, subscriptions.
std::optional<wire::rpc_response> from_session(mcp_script const&, wire::rpc_request const&,
                                               visitor&);

// The answer to initialize: this server's revision, or the client's where any will do.
nlohmann::json hello_of(mcp_script const&, nlohmann::json const& params);

// The place of a level of the log among all, the least first. Nothing: there is no such level.
std::optional<std::size_t> log_rank(std::string_view level);

// "test://{id}/data" and "test://7/data": {"id": "7"}; a URI is a template of nothing. Nothing if
// the second is not of the first.
std::optional<nlohmann::json> variables_of(std::string_view uri_template, std::string_view uri);

wire::rpc_error unknown_resource(std::string const& uri, bool modern);

// What {{...}} stands for in the texts of the steps that answer this request: its id, its name or
// URI, and its arguments.
nlohmann::json known_of(wire::rpc_request const&);

// `{{name}}` replaced; what is not known stays as it is.
std::string    filled(std::string text, nlohmann::json const& known);
nlohmann::json filled(nlohmann::json const&, nlohmann::json const& known);

// A text as the result of this method: of a tool, a resource, a prompt.
nlohmann::json result_of(wire::rpc_request const&, std::string const& text,
                         nlohmann::json const& known);

// What an answer of the client says, in a line: a model's text, "accept {...}", URIs of roots.
std::string said_in(nlohmann::json const& answer);

}  // namespace mock_mcp
