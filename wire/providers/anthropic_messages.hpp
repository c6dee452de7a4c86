#pragma once

#include <nlohmann/json.hpp>

namespace wire {

// A conversation as Anthropic wants it.
struct anthropic_dialogue {
    nlohmann::json system = nlohmann::json::array();    // text blocks
    nlohmann::json messages = nlohmann::json::array();  // user and assistant, in turns
};

// OpenAI's messages in Anthropic's shape: system messages moved out, tool results gathered at
// the head of the user's turn, neighbours of one role merged, empty text left out (Anthropic
// refuses it).
anthropic_dialogue anthropic_messages(nlohmann::json const& messages);

}  // namespace wire
