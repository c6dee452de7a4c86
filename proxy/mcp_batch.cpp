#include "proxy/mcp_batch.hpp"

#include "wire/error.hpp"
#include "wire/json_batch.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

bool has_plain_id(std::string_view text, wire::rpc_message const& message) {
    return std::holds_alternative<wire::rpc_notification>(message) ||
           wire::slice(text, "id").has_value();
}

mcp_batch read_batch(std::string_view text, wire::rpc_limits const& limits) {
    mcp_batch read;
    bool      answers = false;
    for (auto& one : wire::messages_of_batch(text)) {
        auto message = wire::parse_rpc(one, limits);
        if (!has_plain_id(one, message))
            wire::fail(wire::error::not_json_rpc, "a message without a plain id");
        if (auto* request = std::get_if<wire::rpc_request>(&message)) {
            if (request->method == "initialize")
                wire::fail(wire::error::not_json_rpc, "initialize in a batch");
            read.requests.emplace_back(std::move(one), std::move(*request));
            continue;
        }
        answers = answers || std::holds_alternative<wire::rpc_response>(message);
        read.others.emplace_back(std::move(one), std::move(message));
    }
    if (answers && !read.requests.empty())
        wire::fail(wire::error::not_json_rpc, "answers and requests in one batch");
    return read;
}

}  // namespace proxy
