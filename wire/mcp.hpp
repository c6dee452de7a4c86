#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "wire/json_rpc.hpp"

// What a gateway and a mock say to each other in MCP, revision 2025-11-25: the messages as
// values. Transport, sessions and time are not here.
namespace wire::mcp {

inline constexpr char revision[] = "2025-11-25";
// Legacy revisions this client can carry on with, if a server answers with one of them.
bool                  knows_revision(std::string const&);

struct tool {
    std::string    name;
    std::string    description;
    nlohmann::json input_schema;
};

struct tool_page {
    std::vector<tool>          tools;
    std::optional<std::string> next_cursor;  // none: the last page. An empty one is a cursor too
};

struct call_result {
    nlohmann::json content;  // array of content blocks
    nlohmann::json structured;
    bool           is_error = false;
};

struct progress {
    nlohmann::json        token;  // string or integer, as it was given
    double                value = 0;
    std::optional<double> total;
    std::string           message;
};

// Requests. The id is the caller's.
rpc_request initialize(rpc_id id, std::string const& client_name, std::string const& version);
rpc_request list_tools(rpc_id id, std::optional<std::string> const& cursor);
rpc_request call_tool(rpc_id id, std::string const& name, nlohmann::json arguments,
                      std::optional<nlohmann::json> progress_token);

// Notifications.
rpc_notification initialized();
rpc_notification cancelled(rpc_id const& request, std::string const& reason);
rpc_notification progressed(progress const&);

// What a client that offers no capabilities says to a request of the server: `ping` is answered,
// everything else is not supported (-32601).
rpc_response answer_to_server(rpc_request const&);

// Results, read. Throw error::malformed with what is missing.
std::string read_initialized(nlohmann::json const& result);  // the revision agreed on
tool_page   read_tool_page(nlohmann::json const& result);
call_result read_call_result(nlohmann::json const& result);
progress    read_progress(nlohmann::json const& params);

// Results, written by a mock.
nlohmann::json initialize_result(std::string const& server_name, std::string const& revision);
nlohmann::json tool_page_result(tool_page const&);
nlohmann::json text_result(std::string const& text, bool is_error = false);

// What a model is told of a result: text blocks joined by a newline; other blocks named
// in brackets, as LiteLLM does ("[image]"); "Tool executed successfully" if there is none.
std::string to_model_text(call_result const&);

}  // namespace wire::mcp
