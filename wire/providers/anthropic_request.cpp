#include "wire/providers/anthropic_request.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "wire/error.hpp"
#include "wire/json_members.hpp"
#include "wire/providers/anthropic_messages.hpp"

namespace wire {
namespace {

constexpr std::int64_t tokens_max_default = 4096;
constexpr std::int64_t thinking_budget_min = 1024;  // Anthropic refuses less

nlohmann::json spell_tool(tool const& offered) {
    auto const type = text_member(offered.original, "type");
    if (!type.empty() && type != "function")
        fail(error::unsupported, "a tool of type " + type + " is not available from Anthropic");
    nlohmann::json spelled{{"name", offered.name}};
    if (!offered.description.empty()) spelled["description"] = offered.description;
    spelled["input_schema"] =
        offered.parameters.is_object() && !offered.parameters.empty()
            ? offered.parameters
            : nlohmann::json{{"type", "object"}, {"properties", nlohmann::json::object()}};
    if (auto const* function = find_member(offered.original, "function"))
        if (flag_member(*function, "strict")) spelled["strict"] = true;
    if (auto const* cache = find_member(offered.original, "cache_control"))
        spelled["cache_control"] = *cache;
    return spelled;
}

nlohmann::json spell_choice(nlohmann::json const& choice) {
    if (choice.is_string()) {
        if (choice == "none") return {{"type", "none"}};
        if (choice == "required") return {{"type", "any"}};
        return {{"type", "auto"}};
    }
    if (auto const* function = find_member(choice, "function"))
        return {{"type", "tool"}, {"name", text_member(*function, "name")}};
    if (auto const* allowed = find_member(choice, "allowed_tools"))
        return {{"type", text_member(*allowed, "mode") == "required" ? "any" : "auto"}};
    return {{"type", "auto"}};
}

void add_tools(nlohmann::json& body, conversation const& talk) {
    if (talk.tools.empty()) return;
    auto& tools = body["tools"] = nlohmann::json::array();
    for (auto const& offered : talk.tools) tools.push_back(spell_tool(offered));

    auto const* parallel = find_member(talk.options, "parallel_tool_calls");
    bool const  one_only = parallel && parallel->is_boolean() && !parallel->get<bool>();
    if (talk.tool_choice.is_null() && !one_only) return;
    auto& choice = body["tool_choice"] = spell_choice(talk.tool_choice);
    if (one_only && choice["type"] != "none") choice["disable_parallel_tool_use"] = true;
}

void add_stop(nlohmann::json& body, nlohmann::json const& options) {
    auto const* stop = find_member(options, "stop");
    if (!stop) return;
    auto const given = stop->is_array() ? *stop : nlohmann::json::array({*stop});
    auto       kept = nlohmann::json::array();
    for (auto const& word : given)
        // Anthropic refuses the whole request for one that is only white space.
        if (word.is_string() &&
            word.get_ref<std::string const&>().find_first_not_of(" \t\r\n") != std::string::npos)
            kept.push_back(word);
    if (!kept.empty()) body["stop_sequences"] = std::move(kept);
}

// Anthropic wants the thinking back that led to a call, signed; if the client has lost it,
// the request may not think.
bool has_lost_thinking(conversation const& talk) {
    for (std::size_t i = talk.messages.size(); i-- > 0;) {
        auto const& message = talk.messages[i];
        auto const  role = text_member(message, "role");
        if (role == "user") return false;
        if (role != "assistant" || !find_member(message, "tool_calls")) continue;
        auto const* blocks = find_member(message, "thinking_blocks");
        if (!blocks || !blocks->is_array() || blocks->empty()) return true;
    }
    return false;
}

std::int64_t budget_of(std::string const& effort) {
    if (effort == "minimal" || effort == "low") return thinking_budget_min;
    if (effort == "medium") return 4096;
    if (effort == "high" || effort == "xhigh") return 16384;
    return 0;
}

void add_thinking_options(nlohmann::json& body, conversation const& talk, bool limit_is_ours) {
    auto const* choice = find_member(body, "tool_choice");
    auto const  forced = choice ? text_member(*choice, "type") : std::string();
    if (forced == "any" || forced == "tool" || has_lost_thinking(talk)) return;

    // Clients that know Anthropic say it in Anthropic's words.
    if (auto const* thinking = find_member(talk.options, "thinking");
        thinking && thinking->is_object()) {
        body["thinking"] = *thinking;
    } else {
        auto       budget = budget_of(text_member(talk.options, "reasoning_effort"));
        auto const limit = body["max_tokens"].get<std::int64_t>();
        if (budget == 0) return;
        if (limit_is_ours)
            body["max_tokens"] = add_counts(budget, tokens_max_default);
        else
            budget = std::min(budget, limit - 1);
        if (budget < thinking_budget_min) return;
        body["thinking"] = {{"type", "enabled"}, {"budget_tokens", budget}};
    }
    if (text_member(body["thinking"], "type") != "disabled") {
        body.erase("temperature");
        body.erase("top_k");
    }
}

void add_sampling(nlohmann::json& body, nlohmann::json const& options) {
    if (auto const* heat = find_member(options, "temperature"); heat && heat->is_number())
        body["temperature"] = std::clamp(heat->get<double>(), 0.0, 1.0);
    for (char const* same : {"top_p", "top_k"})
        if (auto const* given = find_member(options, same); given && given->is_number())
            body[same] = *given;
}

void add_format(nlohmann::json& body, nlohmann::json const& options) {
    auto const* format = find_member(options, "response_format");
    if (!format || text_member(*format, "type") != "json_schema") return;
    auto const* named = find_member(*format, "json_schema");
    auto const* schema = named ? find_member(*named, "schema") : nullptr;
    if (schema)
        body["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", *schema}}}};
}

}  // namespace

nlohmann::json anthropic_body(conversation const& talk) {
    auto const& options = talk.options;
    if (count_member(options, "n") > 1)
        fail(error::unsupported, "n > 1 is not available from Anthropic");

    nlohmann::json body{{"model", talk.model}, {"stream", talk.stream}};
    auto           limit = count_member(options, "max_completion_tokens");
    if (limit == 0) limit = count_member(options, "max_tokens");
    body["max_tokens"] = limit > 0 ? limit : tokens_max_default;

    auto spelled = anthropic_messages(talk.messages);
    if (!spelled.system.empty()) body["system"] = std::move(spelled.system);
    body["messages"] = std::move(spelled.messages);

    add_tools(body, talk);
    add_stop(body, options);
    add_sampling(body, options);
    add_format(body, options);
    add_thinking_options(body, talk, limit == 0);
    if (auto const* cache = find_member(options, "cache_control")) body["cache_control"] = *cache;
    if (auto user = text_member(options, "user"); !user.empty())
        body["metadata"] = {{"user_id", std::move(user)}};
    if (auto const tier = text_member(options, "service_tier"); !tier.empty())
        body["service_tier"] = tier == "default" ? "standard_only" : "auto";
    return body;
}

}  // namespace wire
