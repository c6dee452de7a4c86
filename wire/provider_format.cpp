#include "wire/provider_format.hpp"

#include <array>

namespace wire {

// One row per file in wire/providers/, in the order `lockstep list` shows them.
provider_format openai(), anthropic(), responses(), gemini(), bedrock(), ollama(), cohere(),
    azure(), openrouter(), vllm(), deepseek(), mistral(), groq(), xai();

std::span<provider_format const> provider_formats() {
    static std::array const all{openai(),   anthropic(), responses(), gemini(),     bedrock(),
                                ollama(),   cohere(),    azure(),     openrouter(), vllm(),
                                deepseek(), mistral(),   groq(),      xai()};
    return all;
}

provider_format const* find_provider_format(std::string_view name) {
    for (auto const& format : provider_formats())
        if (format.name == name || format.prefix == name) return &format;
    return nullptr;
}

}  // namespace wire
