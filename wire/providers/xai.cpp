#include "wire/json_members.hpp"
#include "wire/providers/openai_dialect.hpp"

// No finish_reason until there is one, the role with the first word, whole calls, reasoning
// counted beside the answer and not in it, and an error that is a text.
namespace wire {
namespace {

void dress(ordered_json& chunk, answer_identity const&, std::size_t) {
    for (auto& choice : chunk["choices"]) {
        choice.erase("logprobs");
        if (!choice.contains("delta")) continue;
        auto& said = choice["delta"];
        if (said.contains("reasoning_content")) said.erase("content");
    }
    chunk["system_fingerprint"] = "fp_lockstep";
}

ordered_json usage_of(usage const& tokens) {
    return {{"prompt_tokens", tokens.input},
            {"completion_tokens", tokens.output - tokens.reasoning},
            {"total_tokens", add_counts(tokens.input, tokens.output)},
            {"prompt_tokens_details",
             {{"text_tokens", tokens.input},
              {"audio_tokens", 0},
              {"image_tokens", 0},
              {"cached_tokens", tokens.cached}}},
            {"completion_tokens_details",
             {{"reasoning_tokens", tokens.reasoning},
              {"audio_tokens", 0},
              {"accepted_prediction_tokens", 0},
              {"rejected_prediction_tokens", 0}}},
            {"num_sources_used", 0},
            {"cost_in_usd_ticks", 5596400}};
}

ordered_json error_of(failure const& told) {
    return {{"code", told.type.empty() ? "invalid-argument" : told.type}, {"error", told.message}};
}

constexpr openai_dialect told{
    .name = "xai",
    .prefix = "xai",
    .prompt = "xAI",
    .base = "https://api.x.ai/v1",
    .answer_id = "",
    .role_apart = false,
    .whole_calls = true,
    .null_reasons = false,
    .dress = dress,
    .usage = usage_of,
    .error = error_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format xai();

provider_format xai() { return openai_like<told>(); }

}  // namespace wire
