#include "wire/providers/responses_request.hpp"

#include <string>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

// Sealed thoughts go back as the item that they were: the seal begins with its id.
void add_thoughts(nlohmann::json& input, nlohmann::json const& message) {
    auto const* blocks = find_member(message, "thinking_blocks");
    if (!blocks || !blocks->is_array()) return;
    for (auto const& block : *blocks) {
        auto const seal = text_member(block, "signature");
        auto const colon = seal.find(':');
        if (!seal.starts_with("rs_") || colon == seal.npos) continue;
        auto summary = nlohmann::json::array();
        if (auto words = text_member(block, "thinking"); !words.empty())
            summary.push_back({{"type", "summary_text"}, {"text", std::move(words)}});
        input.push_back({{"type", "reasoning"},
                         {"id", seal.substr(0, colon)},
                         {"summary", std::move(summary)},
                         {"encrypted_content", seal.substr(colon + 1)}});
    }
}

void add_message(nlohmann::json& input, nlohmann::json const& message) {
    auto const role = text_member(message, "role");
    auto       said = text_of(message);
    if (role == "tool") {
        input.push_back({{"type", "function_call_output"},
                         {"call_id", text_member(message, "tool_call_id")},
                         {"output", std::move(said)}});
        return;
    }
    bool const answer = role == "assistant";
    if (answer) add_thoughts(input, message);
    if (!said.empty()) {
        auto part = nlohmann::json::array();
        part.push_back(
            {{"type", answer ? "output_text" : "input_text"}, {"text", std::move(said)}});
        input.push_back({{"role", role}, {"content", std::move(part)}});
    }
    for (auto const& call : calls_of(message))
        input.push_back({{"type", "function_call"},
                         {"call_id", call.id},
                         {"name", call.name},
                         {"arguments", call.arguments.empty() ? "{}" : call.arguments}});
}

void add_tools(nlohmann::json& body, conversation const& talk) {
    for (auto const& offered : talk.tools) {
        auto const* function = find_member(offered.original, "function");
        body["tools"].push_back({{"type", "function"},
                                 {"name", offered.name},
                                 {"description", offered.description},
                                 {"parameters", schema_of(offered)},
                                 {"strict", function && flag_member(*function, "strict")}});
    }
    if (talk.tool_choice.is_null()) return;
    auto const [how, which] = choice_of(talk.tool_choice);
    if (which.empty())
        body["tool_choice"] = how;
    else
        body["tool_choice"] = {{"type", "function"}, {"name", which}};
}

void add_text(nlohmann::json& body, nlohmann::json const& options) {
    if (auto const* format = find_member(options, "response_format")) {
        auto const* named = find_member(*format, "json_schema");
        if (named && named->is_object()) {
            auto spelled = *named;
            spelled["type"] = "json_schema";
            body["text"]["format"] = std::move(spelled);
        } else {
            body["text"]["format"] = *format;
        }
    }
    if (auto const* verbosity = find_member(options, "verbosity"))
        body["text"]["verbosity"] = *verbosity;
}

}  // namespace

nlohmann::json responses_body(conversation const& talk) {
    auto const& options = talk.options;
    if (count_member(options, "n") > 1) fail(error::unsupported, "Responses gives one answer");
    // Nothing is kept there: the gateway brings the whole conversation along.
    nlohmann::json body{{"model", talk.model}, {"stream", talk.stream}, {"store", false}};
    body["input"] = nlohmann::json::array();
    for (auto const& message : talk.messages) add_message(body["input"], message);
    add_tools(body, talk);
    add_text(body, options);
    if (auto const effort = text_member(options, "reasoning_effort"); !effort.empty()) {
        body["reasoning"] = {{"effort", effort}, {"summary", "auto"}};
        body["include"] = nlohmann::json::array({"reasoning.encrypted_content"});
    }
    for (char const* same : {"temperature", "top_p", "parallel_tool_calls", "service_tier", "user",
                             "metadata", "prompt_cache_key", "safety_identifier", "top_logprobs"})
        if (auto const* given = find_member(options, same)) body[same] = *given;
    if (auto const limit = tokens_max_of(options); limit > 0) body["max_output_tokens"] = limit;
    return body;
}

}  // namespace wire
