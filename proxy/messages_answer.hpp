#pragma once

#include <memory>

#include "proxy/client_answer.hpp"

namespace proxy {

// POST /v1/messages, answered: one message of blocks, numbered from 0 and one at a time. What the
// gateway runs is told as Anthropic tells of its own MCP connector.
std::unique_ptr<client_answer> messages_answer(client_line const&, client_answer::identity,
                                               bool streamed);

}  // namespace proxy
