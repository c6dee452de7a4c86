#include "wire/providers/bedrock_request.hpp"

#include <string>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

constexpr std::int64_t answer_tokens = 4096;  // beside those of the thinking

nlohmann::json& turn_of(nlohmann::json& messages, char const* role) {
    if (messages.empty() || messages.back()["role"] != role)
        messages.push_back({{"role", role}, {"content", nlohmann::json::array()}});
    return messages.back()["content"];
}

void add_thoughts(nlohmann::json& blocks, nlohmann::json const& message) {
    auto const* thought = find_member(message, "thinking_blocks");
    if (!thought || !thought->is_array()) return;
    for (auto const& block : *thought) {
        if (text_member(block, "type") == "redacted_thinking")
            blocks.push_back(
                {{"reasoningContent", {{"redactedContent", text_member(block, "data")}}}});
        else
            blocks.push_back({{"reasoningContent",
                               {{"reasoningText",
                                 {{"text", text_member(block, "thinking")},
                                  {"signature", text_member(block, "signature")}}}}}});
    }
}

nlohmann::json answer_blocks(nlohmann::json const& message) {
    auto blocks = nlohmann::json::array();
    add_thoughts(blocks, message);
    if (auto said = text_of(message); !said.empty()) blocks.push_back({{"text", std::move(said)}});
    for (auto const& call : calls_of(message))
        blocks.push_back({{"toolUse",
                           {{"toolUseId", call.id},
                            {"name", call.name},
                            {"input", arguments_object(call.arguments)}}}});
    return blocks;
}

// True if there are calls or results in it.
bool add_messages(nlohmann::json& body, nlohmann::json const& all) {
    auto system = nlohmann::json::array();
    auto messages = nlohmann::json::array();
    bool tools = false;
    for (auto const& message : all) {
        auto const role = text_member(message, "role");
        tools = tools || role == "tool" || find_member(message, "tool_calls");
        if (role == "assistant") {
            auto blocks = answer_blocks(message);
            if (blocks.empty()) continue;
            auto& turn = turn_of(messages, "assistant");
            turn.insert(turn.end(), blocks.begin(), blocks.end());
            continue;
        }
        auto said = text_of(message);
        if (role == "tool") {
            auto content = nlohmann::json::array();
            content.push_back({{"text", said.empty() ? " " : std::move(said)}});
            turn_of(messages, "user")
                .push_back({{"toolResult",
                             {{"toolUseId", text_member(message, "tool_call_id")},
                              {"content", std::move(content)}}}});
        } else if (!said.empty()) {
            bool const above = role == "system" || role == "developer";
            auto&      blocks = above ? system : turn_of(messages, "user");
            blocks.push_back({{"text", std::move(said)}});
        }
    }
    if (!system.empty()) body["system"] = std::move(system);
    body["messages"] = std::move(messages);
    return tools;
}

void add_tools(nlohmann::json& body, conversation const& talk, bool tools_in_history) {
    auto const [how, which] = choice_of(talk.tool_choice);
    // Not to offer them is the only way to forbid them, unless the history has some already.
    if (talk.tools.empty() || (how == "none" && !tools_in_history)) return;
    auto tools = nlohmann::json::array();
    for (auto const& offered : talk.tools) {
        nlohmann::json one{{"name", offered.name}, {"inputSchema", {{"json", schema_of(offered)}}}};
        if (!offered.description.empty()) one["description"] = offered.description;
        tools.push_back({{"toolSpec", std::move(one)}});
    }
    body["toolConfig"] = {{"tools", std::move(tools)}};
    auto& choice = body["toolConfig"];
    if (!which.empty())
        choice["toolChoice"] = {{"tool", {{"name", which}}}};
    else if (how == "required")
        choice["toolChoice"] = {{"any", nlohmann::json::object()}};
    else if (how == "auto" && !talk.tool_choice.is_null())
        choice["toolChoice"] = {{"auto", nlohmann::json::object()}};
}

std::int64_t budget_of(std::string const& effort) {
    if (effort == "minimal" || effort == "low") return 1024;
    if (effort == "medium") return 4096;
    return effort == "high" || effort == "xhigh" ? 16384 : 0;
}

void add_thinking(nlohmann::json& body, nlohmann::json& config, nlohmann::json const& options) {
    nlohmann::json thinking;
    if (auto const* given = find_member(options, "thinking"); given && given->is_object())
        thinking = *given;
    else if (auto const budget = budget_of(text_member(options, "reasoning_effort")); budget > 0)
        thinking = {{"type", "enabled"}, {"budget_tokens", budget}};
    if (thinking.is_null()) return;
    auto const budget = count_member(thinking, "budget_tokens");
    if (count_member(config, "maxTokens") <= budget)
        config["maxTokens"] = add_counts(budget, answer_tokens);
    config.erase("temperature");
    body["additionalModelRequestFields"] = {{"thinking", std::move(thinking)}};
}

}  // namespace

nlohmann::json bedrock_body(conversation const& talk) {
    auto const& options = talk.options;
    if (count_member(options, "n") > 1) fail(error::unsupported, "Bedrock gives one answer");
    nlohmann::json body = nlohmann::json::object();
    bool const     tools = add_messages(body, talk.messages);
    add_tools(body, talk, tools);

    auto config = nlohmann::json::object();
    if (auto const limit = tokens_max_of(options); limit > 0) config["maxTokens"] = limit;
    if (auto const* heat = find_member(options, "temperature")) config["temperature"] = *heat;
    if (auto const* top = find_member(options, "top_p")) config["topP"] = *top;
    if (auto stop = stop_words(options); !stop.empty()) config["stopSequences"] = std::move(stop);
    add_thinking(body, config, options);
    if (!config.empty()) body["inferenceConfig"] = std::move(config);
    return body;
}

}  // namespace wire
