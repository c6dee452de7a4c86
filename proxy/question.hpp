#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/config.hpp"
#include "proxy/tool_selection.hpp"
#include "wire/conversation.hpp"

namespace proxy {

// A call that had to wait for the client's word, which is yes.
struct approved_call {
    wire::tool_call call;
    std::string     request;       // the id under which the client was asked
    std::size_t     position = 0;  // of the message in `talk` that its result belongs into
};

// What a client asks, at whichever endpoint.
struct question {
    model const*                     asked_model = nullptr;
    std::string                      model_name;  // as the client spelled it
    bool                             stream = false;
    tool_selection                   selection;
    wire::conversation               talk;  // tools are added once they are listed
    // `timeout` in seconds, as LiteLLM's clients send it: the whole exchange, within our own limit.
    std::optional<runtime::duration> timeout;
    std::vector<approved_call>       approved;        // run before the model is asked
    std::optional<std::size_t>       tool_calls_max;  // that run here; the model is told of others
    wire::fields                     passed_on;       // headers that go along to the provider
};

}  // namespace proxy
