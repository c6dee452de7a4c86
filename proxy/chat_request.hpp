#pragma once

#include <string_view>

#include "proxy/config.hpp"
#include "proxy/tool_selection.hpp"
#include "wire/conversation.hpp"

namespace proxy {

// The body of POST /v1/chat/completions, understood.
struct chat_request {
    model const*                     asked_model = nullptr;
    std::string                      model_name;  // as the client spelled it
    bool                             stream = false;
    bool                             include_usage = false;
    tool_selection                   selection;
    wire::conversation               talk;  // tools are added once they are listed
    // `timeout` in seconds, as LiteLLM's clients send it: the whole exchange, within our own limit.
    std::optional<runtime::duration> timeout;
};

// Throws refused: malformed JSON, no messages, unknown model, tools that cannot be had.
chat_request read_chat_request(std::string_view body, config const&);

}  // namespace proxy
