#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

// JSON-RPC 2.0, as MCP uses it: one message at a time, ids that are strings or integers.
namespace wire {

using rpc_id = std::variant<std::int64_t, std::string>;

struct rpc_error {
    int            code = 0;
    std::string    message;
    nlohmann::json data;
};

struct rpc_request {
    rpc_id         id;
    std::string    method;
    nlohmann::json params;  // null if absent
};

struct rpc_notification {
    std::string    method;
    nlohmann::json params;
};

struct rpc_response {
    std::optional<rpc_id>    id;  // absent on an error that could not name its request
    nlohmann::json           result;
    std::optional<rpc_error> error;
};

using rpc_message = std::variant<rpc_request, rpc_notification, rpc_response>;

inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;
inline constexpr int rpc_invalid_params = -32602;
inline constexpr int rpc_internal_error = -32603;

// Throws error::malformed (and what parse_json throws) or error::not_json_rpc.
rpc_message parse_rpc(std::string_view text);

std::string to_text(rpc_request const&);
std::string to_text(rpc_notification const&);
std::string to_text(rpc_response const&);

nlohmann::json to_json(rpc_id const&);
std::string    to_text(rpc_id const&);  // for people: 7 or "abc"

}  // namespace wire
