#pragma once

#include <optional>
#include <string>

#include "wire/json_rpc.hpp"

namespace runtime {

// A message of a server, as it may be passed on and as it is read.
struct heard_message {
    std::string       text;
    wire::rpc_message read;

    // Whether it is the answer to this request. An error that names no request is of the one that
    // was asked.
    bool answers(wire::rpc_id const& id) const;
};

// Nothing for what is no message; a stream goes on behind it. What can only be the answer to `id`
// throws what is wrong with it: nobody else will answer.
std::optional<heard_message> read_message(std::string text, wire::rpc_id const& id);

}  // namespace runtime
