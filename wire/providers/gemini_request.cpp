#include "wire/providers/gemini_request.hpp"

#include <string>
#include <utility>

#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

// Gemini 3 refuses a call without the signature of its thoughts; this one is never checked.
constexpr char any_signature[] = "skip_thought_signature_validator";

nlohmann::json& turn_of(nlohmann::json& contents, char const* role) {
    if (contents.empty() || contents.back()["role"] != role)
        contents.push_back({{"role", role}, {"parts", nlohmann::json::array()}});
    return contents.back()["parts"];
}

std::string signature_of(nlohmann::json const& message) {
    std::string seal;
    if (auto const* blocks = find_member(message, "thinking_blocks"); blocks && blocks->is_array())
        for (auto const& block : *blocks)
            if (auto one = text_member(block, "signature"); !one.empty()) seal = std::move(one);
    return seal;
}

void add_answer(nlohmann::json& contents, nlohmann::json const& message, bool sealed) {
    auto seal = signature_of(message);
    if (seal.empty() && sealed) seal = any_signature;
    auto parts = nlohmann::json::array();
    if (auto said = text_of(message); !said.empty()) parts.push_back({{"text", std::move(said)}});
    bool first = true;
    for (auto const& call : calls_of(message)) {
        nlohmann::json function{{"name", call.name}, {"args", arguments_object(call.arguments)}};
        if (!call.id.empty()) function["id"] = call.id;
        nlohmann::json part{{"functionCall", std::move(function)}};
        // One signature holds for all calls of a turn and stands on the first.
        if (std::exchange(first, false) && !seal.empty()) part["thoughtSignature"] = seal;
        parts.push_back(std::move(part));
    }
    if (parts.empty()) return;
    auto& turn = turn_of(contents, "model");
    turn.insert(turn.end(), parts.begin(), parts.end());
}

// A result must be an object; text that is none stands in one.
nlohmann::json response_of(std::string const& result) {
    auto const parsed = read_json(result);
    if (parsed.is_object()) return parsed;
    return {{"result", result}};
}

void add_messages(nlohmann::json& body, conversation const& talk) {
    auto system = nlohmann::json::array();
    auto contents = nlohmann::json::array();
    bool sealed = talk.model.starts_with("gemini-3");
    for (auto const& message : talk.messages) {
        auto const role = text_member(message, "role");
        if (role == "assistant") {
            add_answer(contents, message, sealed);
            continue;
        }
        auto said = text_of(message);
        if (role == "tool") {
            auto const id = text_member(message, "tool_call_id");
            turn_of(contents, "user")
                .push_back({{"functionResponse",
                             {{"id", id},
                              {"name", tool_called(talk.messages, id)},
                              {"response", response_of(said)}}}});
        } else if (!said.empty()) {
            bool const above = role == "system" || role == "developer";
            auto&      parts = above ? system : turn_of(contents, "user");
            parts.push_back({{"text", std::move(said)}});
        }
    }
    if (!system.empty()) body["systemInstruction"] = {{"parts", std::move(system)}};
    body["contents"] = std::move(contents);
}

void add_tools(nlohmann::json& body, conversation const& talk) {
    if (talk.tools.empty()) return;
    auto declared = nlohmann::json::array();
    for (auto const& offered : talk.tools) {
        nlohmann::json one{{"name", offered.name}, {"parametersJsonSchema", schema_of(offered)}};
        if (!offered.description.empty()) one["description"] = offered.description;
        declared.push_back(std::move(one));
    }
    body["tools"] = nlohmann::json::array({{{"functionDeclarations", std::move(declared)}}});
    if (talk.tool_choice.is_null()) return;
    auto const [how, which] = choice_of(talk.tool_choice);
    nlohmann::json calling{{"mode", how == "none" ? "NONE" : how == "required" ? "ANY" : "AUTO"}};
    if (!which.empty()) calling["allowedFunctionNames"] = nlohmann::json::array({which});
    body["toolConfig"] = {{"functionCallingConfig", std::move(calling)}};
}

void add_format(nlohmann::json& config, nlohmann::json const& options) {
    auto const* format = find_member(options, "response_format");
    if (!format) return;
    auto const type = text_member(*format, "type");
    if (type == "json_object" || type == "json_schema")
        config["responseMimeType"] = "application/json";
    auto const* named = find_member(*format, "json_schema");
    if (auto const* schema = named ? find_member(*named, "schema") : nullptr)
        config["responseJsonSchema"] = *schema;
}

void add_thinking(nlohmann::json& config, conversation const& talk) {
    auto const effort = text_member(talk.options, "reasoning_effort");
    if (effort.empty()) return;
    nlohmann::json thinking{{"includeThoughts", effort != "none"}};
    if (talk.model.starts_with("gemini-3")) {
        if (effort != "none") thinking["thinkingLevel"] = effort == "minimal" ? "low" : effort;
    } else {
        thinking["thinkingBudget"] = effort == "none"     ? 0
                                     : effort == "medium" ? 8192
                                     : effort == "high"   ? 24576
                                                          : 1024;
    }
    config["thinkingConfig"] = std::move(thinking);
}

}  // namespace

nlohmann::json gemini_body(conversation const& talk) {
    nlohmann::json body = nlohmann::json::object();
    add_messages(body, talk);
    add_tools(body, talk);

    static constexpr std::pair<char const*, char const*> same[] = {
        {"temperature", "temperature"},
        {"top_p", "topP"},
        {"top_k", "topK"},
        {"seed", "seed"},
        {"n", "candidateCount"},
        {"presence_penalty", "presencePenalty"},
        {"frequency_penalty", "frequencyPenalty"},
        {"logprobs", "responseLogprobs"},
        {"top_logprobs", "logprobs"}};
    auto config = nlohmann::json::object();
    for (auto const& [ours, theirs] : same)
        if (auto const* given = find_member(talk.options, ours)) config[theirs] = *given;
    if (auto const limit = tokens_max_of(talk.options); limit > 0)
        config["maxOutputTokens"] = limit;
    if (auto stop = stop_words(talk.options); !stop.empty())
        config["stopSequences"] = std::move(stop);
    add_format(config, talk.options);
    add_thinking(config, talk);
    if (!config.empty()) body["generationConfig"] = std::move(config);
    return body;
}

}  // namespace wire
