#include "wire/json_members.hpp"
#include "wire/providers/openai_dialect.hpp"

// Thoughts as parts of the content, whole calls in the last chunk with the usage that nobody has
// to ask for, ids of nine characters, and a padding.
namespace wire {
namespace {

constexpr std::size_t padding_count = 36;

void body(nlohmann::json& asked, conversation const&) {
    if (auto const seed = asked.find("seed"); seed != asked.end()) {
        asked["random_seed"] = *seed;
        asked.erase("seed");
    }
    if (asked.contains("max_completion_tokens")) {
        asked["max_tokens"] = asked["max_completion_tokens"];
        asked.erase("max_completion_tokens");
    }
    if (asked.value("tool_choice", nlohmann::json()) == "required") asked["tool_choice"] = "any";
    for (char const* unknown :
         {"user", "logprobs", "top_logprobs", "service_tier", "reasoning_effort", "store"})
        asked.erase(unknown);
}

void dress(ordered_json& chunk, answer_identity const&, std::size_t chunk_count) {
    for (auto& choice : chunk["choices"]) {
        choice.erase("logprobs");
        if (!choice.contains("delta")) continue;
        auto& said = choice["delta"];
        if (said.empty()) said["content"] = "";
        if (auto const calls = said.find("tool_calls"); calls != said.end())
            for (auto& call : *calls) call.erase("type");
    }
    if (chunk["object"] != "chat.completion")
        chunk["p"] = padding(1 + 7 * chunk_count % padding_count);
}

ordered_json usage_of(usage const& tokens) {
    ordered_json counted{{"prompt_tokens", tokens.input},
                         {"total_tokens", add_counts(tokens.input, tokens.output)},
                         {"completion_tokens", tokens.output}};
    if (tokens.cached > 0) counted["num_cached_tokens"] = tokens.cached;
    return counted;
}

ordered_json error_of(failure const& told) {
    return {{"object", "error"},
            {"message", told.message},
            {"type", told.type.empty() ? "invalid_request_error" : told.type},
            {"param", nullptr},
            {"code", told.code.empty() ? ordered_json() : ordered_json(told.code)}};
}

constexpr openai_dialect told{
    .name = "mistral",
    .prefix = "mistral",
    .prompt = "Mistral",
    .base = "https://api.mistral.ai/v1",
    .body = body,
    .counts_unasked = true,
    .answer_id = "",
    .call_id = "",
    .call_id_size = 9,
    .thought = openai_dialect::thoughts::parts,
    .count = openai_dialect::counts::finish,
    .whole_calls = true,
    .calls_at_the_end = true,
    .dress = dress,
    .usage = usage_of,
    .error = error_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format mistral();

provider_format mistral() { return openai_like<told>(); }

}  // namespace wire
