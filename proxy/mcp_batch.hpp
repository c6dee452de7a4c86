#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/json_rpc.hpp"

namespace proxy {

// The messages of a batch, as texts and as what they say: requests, and notifications or answers.
struct mcp_batch {
    std::vector<std::pair<std::string, wire::rpc_request>> requests;
    std::vector<std::pair<std::string, wire::rpc_message>> others;
};

// Throws error::not_json_rpc (and what parse_rpc throws) if one of them is none, or must not stand
// in a batch: initialize, and answers beside requests (2025-03-26, basic/transports).
mcp_batch read_batch(std::string_view text, wire::rpc_limits const&);

// Of a text that parse_rpc has taken: a member that is spelled with escapes would be passed on
// unchanged.
bool has_plain_id(std::string_view text, wire::rpc_message const&);

}  // namespace proxy
