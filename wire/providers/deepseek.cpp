#include "wire/json_members.hpp"
#include "wire/providers/openai_dialect.hpp"
#include "wire/sse.hpp"

// Thoughts before the words, with a null in place of the other; the count with the finish, and
// what the cache hit and missed in it; comments under load.
namespace wire {
namespace {

std::string prelude(answer_identity const&) { return to_sse_comment("keep-alive"); }

// A turn that called tools must bring its thoughts back.
void body(nlohmann::json& asked, conversation const& talk) {
    for (std::size_t i = 0; i < talk.messages.size(); ++i) {
        auto const& message = talk.messages[i];
        auto const* blocks = find_member(message, "thinking_blocks");
        if (!blocks || !blocks->is_array() || !find_member(message, "tool_calls")) continue;
        std::string thoughts;
        for (auto const& block : *blocks) thoughts += text_member(block, "thinking");
        if (!thoughts.empty()) asked["messages"][i]["reasoning_content"] = std::move(thoughts);
    }
}

void dress(ordered_json& chunk, answer_identity const&, std::size_t) {
    chunk["system_fingerprint"] = "fp_lockstep_prod0820_fp8_kvcache";
    if (!chunk.contains("usage")) chunk["usage"] = nullptr;
    for (auto& choice : chunk["choices"])
        if (choice.contains("delta") && choice["delta"].empty()) choice["delta"]["content"] = "";
}

ordered_json usage_of(usage const& tokens) {
    ordered_json counted{{"prompt_tokens", tokens.input},
                         {"completion_tokens", tokens.output},
                         {"total_tokens", add_counts(tokens.input, tokens.output)},
                         {"prompt_tokens_details", {{"cached_tokens", tokens.cached}}}};
    if (tokens.reasoning > 0)
        counted["completion_tokens_details"] = {{"reasoning_tokens", tokens.reasoning}};
    counted["prompt_cache_hit_tokens"] = tokens.cached;
    counted["prompt_cache_miss_tokens"] = tokens.input - tokens.cached;
    return counted;
}

constexpr openai_dialect told{
    .name = "deepseek",
    .prefix = "deepseek",
    .prompt = "DeepSeek",
    .base = "https://api.deepseek.com/v1",
    .body = body,
    .answer_id = "",
    .count = openai_dialect::counts::finish,
    .prelude = prelude,
    .dress = dress,
    .usage = usage_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format deepseek();

provider_format deepseek() { return openai_like<told>(); }

}  // namespace wire
