#include "wire/json_members.hpp"
#include "wire/providers/openai_dialect.hpp"
#include "wire/sse.hpp"

// Comments while it waits for the real provider, whom it names in each chunk; the role and a
// content everywhere; the end twice, the second time with usage and price.
namespace wire {
namespace {

char const* native_reason(ordered_json const& reason) {
    if (reason == "tool_calls") return "tool_use";
    if (reason == "length") return "max_tokens";
    return reason == "content_filter" ? "refusal" : "end_turn";
}

std::string prelude(answer_identity const&) {
    auto const waiting = to_sse_comment("OPENROUTER PROCESSING");
    return waiting + waiting;
}

void dress(ordered_json& chunk, answer_identity const&, std::size_t) {
    chunk["provider"] = "Lockstep";
    for (auto& choice : chunk["choices"]) {
        choice.erase("logprobs");
        auto const reason = choice["finish_reason"];
        choice["native_finish_reason"] =
            reason.is_null() ? ordered_json() : ordered_json(native_reason(reason));
        if (!choice.contains("delta")) continue;
        auto& said = choice["delta"];
        said["role"] = "assistant";
        if (!said.contains("content"))
            said["content"] = said.contains("tool_calls") ? ordered_json() : ordered_json("");
    }
}

ordered_json usage_of(usage const& tokens) {
    return {{"prompt_tokens", tokens.input},
            {"completion_tokens", tokens.output},
            {"total_tokens", add_counts(tokens.input, tokens.output)},
            {"cost", 0.001285},
            {"is_byok", false},
            {"prompt_tokens_details",
             {{"cached_tokens", tokens.cached}, {"cache_write_tokens", 0}, {"audio_tokens", 0}}},
            {"completion_tokens_details",
             {{"reasoning_tokens", tokens.reasoning}, {"image_tokens", 0}}}};
}

ordered_json error_of(failure const& told) {
    ordered_json const code = told.status > 0 ? ordered_json(told.status) : ordered_json(502);
    ordered_json       error{{"code", code}, {"message", told.message}};
    if (!told.type.empty()) error["metadata"] = {{"provider_name", "Lockstep"}, {"raw", told.type}};
    return {{"error", std::move(error)}};
}

constexpr openai_dialect told{
    .name = "openrouter",
    .prefix = "openrouter",
    .prompt = "OpenRouter",
    .base = "https://openrouter.ai/api/v1",
    .answer_id = "gen-",
    .thought = openai_dialect::thoughts::details,
    .count = openai_dialect::counts::words,
    .role_apart = false,
    .done_after_error = true,
    .prelude = prelude,
    .dress = dress,
    .usage = usage_of,
    .error = error_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format openrouter();

provider_format openrouter() { return openai_like<told>(); }

}  // namespace wire
