#include "wire/providers/openai_dialect.hpp"
#include "wire/sse.hpp"

// The deployment and the version stand in the path, a filter looks at all that is said, and the
// first chunk is its verdict on the question.
namespace wire {
namespace {

constexpr char version_default[] = "2024-10-21";

std::string path(conversation const& talk, account const& whose) {
    auto const& version = whose.api_version.empty() ? version_default : whose.api_version;
    return "/openai/deployments/" + percent_encoded(talk.model) +
           "/chat/completions?api-version=" + percent_encoded(version);
}

ordered_json verdict(bool on_the_question) {
    ordered_json const safe{{"filtered", false}, {"severity", "safe"}};
    ordered_json       all{{"hate", safe}};
    if (on_the_question) all["jailbreak"] = {{"detected", false}, {"filtered", false}};
    all["self_harm"] = safe;
    all["sexual"] = safe;
    all["violence"] = safe;
    return all;
}

std::string prelude(answer_identity const&) {
    ordered_json const result{{"prompt_index", 0}, {"content_filter_results", verdict(true)}};
    return to_sse(dump(ordered_json{{"choices", ordered_json::array()},
                                    {"created", 0},
                                    {"id", ""},
                                    {"model", ""},
                                    {"object", ""},
                                    {"prompt_filter_results", ordered_json::array({result})}}));
}

// The payload is padded to a byte behind a multiple of 16.
void obfuscate(ordered_json& chunk) {
    chunk["obfuscation"] = "";
    chunk["obfuscation"] = padding((16 + 1 - dump(chunk).size() % 16) % 16);
}

void dress(ordered_json& chunk, answer_identity const&, std::size_t) {
    bool const whole = chunk["object"] == "chat.completion";
    for (auto& choice : chunk["choices"]) {
        bool const words = whole || choice["delta"].contains("content");
        bool const role = !whole && choice["delta"].contains("role");
        choice["content_filter_results"] = words && !role ? verdict(false) : ordered_json::object();
    }
    chunk["service_tier"] = "default";
    chunk["system_fingerprint"] = nullptr;
    if (whole) return;
    if (!chunk.contains("usage")) chunk["usage"] = nullptr;
    obfuscate(chunk);
}

constexpr openai_dialect told{
    .name = "azure",
    .prefix = "azure",
    .prompt = "Azure OpenAI",
    .base = nullptr,
    .path = path,
    .key_field = "api-key",
    .refuses = true,
    .sorted = true,
    .prelude = prelude,
    .dress = dress,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format azure();

provider_format azure() { return openai_like<told>(); }

}  // namespace wire
