#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "wire/json_guard.hpp"

// JSON-RPC 2.0, as MCP uses it: one message at a time, ids that are strings or integers.
namespace wire {

// The last for what the first cannot hold, and for nothing else.
using rpc_id = std::variant<std::int64_t, std::string, std::uint64_t>;

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
    // It broke the rules: the error is of our making, and the text that it was read from must not
    // be passed on.
    bool                     mended = false;
};

using rpc_message = std::variant<rpc_request, rpc_notification, rpc_response>;

inline constexpr int rpc_parse_error = -32700;
inline constexpr int rpc_invalid_request = -32600;
inline constexpr int rpc_method_not_found = -32601;
inline constexpr int rpc_invalid_params = -32602;
inline constexpr int rpc_internal_error = -32603;

// What a message may cost at most. The envelope must have one meaning only; big numbers inside a
// result are a tool's own.
struct rpc_limits {
    std::size_t id_max = 256;  // bytes
    std::size_t method_max = 256;
    json_limits json{.exact_integers = false};
};

// Throws error::malformed (and what parse_json throws), error::not_json_rpc, id_too_large or
// method_too_large.
rpc_message parse_rpc(std::string_view text, rpc_limits const& limits = {});

std::string to_text(rpc_request const&);
std::string to_text(rpc_notification const&);
std::string to_text(rpc_response const&);

nlohmann::json to_json(rpc_id const&);
std::string    to_text(rpc_id const&);  // for people: 7 or "abc"

}  // namespace wire
