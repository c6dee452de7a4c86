#include "wire/providers/openai_dialect.hpp"

// Thoughts under the word of the day (older servers say reasoning_content), a stop_reason beside
// the finish_reason, and [DONE] even behind an error.
namespace wire {
namespace {

void dress(ordered_json& chunk, answer_identity const&, std::size_t) {
    for (auto& choice : chunk["choices"])
        if (!choice["finish_reason"].is_null()) choice["stop_reason"] = nullptr;
}

ordered_json error_of(failure const& told) {
    auto const type = told.type.empty() ? "InternalServerError" : told.type;
    return {{"error",
             {{"message", told.message},
              {"type", type},
              {"param", nullptr},
              {"code", told.status > 0 ? told.status : 500}}}};
}

constexpr openai_dialect told{
    .name = "vllm",
    .prefix = "hosted_vllm",
    .prompt = "vLLM's server",
    .base = nullptr,
    .call_id = "chatcmpl-tool-",
    .thought = openai_dialect::thoughts::reasoning,
    .done_after_error = true,
    .dress = dress,
    .error = error_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format vllm();

provider_format vllm() { return openai_like<told>(); }

}  // namespace wire
