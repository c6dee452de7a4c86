#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "wire/delta.hpp"

// What was asked so far, in the OpenAI chat shape that the gateway's clients speak.
//
// The members that steer a conversation have names; everything else that the caller sent
// (temperature, seed, response_format, ...) stays in `options` untouched and goes to the
// provider as it came, or is mapped by the provider's file.
namespace wire {

// One tool as the model is told of it.
struct tool {
    std::string    name;
    std::string    description;
    nlohmann::json parameters;  // JSON Schema, always an object
    nlohmann::json original;    // the caller's own entry, kept whole; null for MCP tools
};

// A whole call, as the model made it. `arguments` is the JSON text exactly as it came.
struct tool_call {
    std::string id;
    std::string name;
    std::string arguments;
    bool        operator==(tool_call const&) const = default;
};

struct conversation {
    std::string       model;     // the provider's name of the model
    nlohmann::json    messages;  // array of OpenAI chat messages
    std::vector<tool> tools;
    nlohmann::json    tool_choice;  // null if the caller did not say
    nlohmann::json    options = nlohmann::json::object();
    bool              stream = false;
    bool              include_usage = false;  // stream_options.include_usage

    // The assistant's turn, as it must be repeated before the results of its calls.
    // `thinking` (with its signature) goes along where the provider demands it back.
    void add_answer(std::string const& text, std::vector<tool_call> const& calls,
                    nlohmann::json const& thinking_blocks = nullptr);
    void add_result(tool_call const& call, std::string const& result);
};

// Adds a piece of thinking to `blocks` (null at first), so that add_answer can carry them. The
// blocks are Anthropic's: {"type":"thinking","thinking","signature"} or
// {"type":"redacted_thinking","data"}; a signature ends its block.
void add_thinking(nlohmann::json& blocks, thinking const&);

}  // namespace wire
