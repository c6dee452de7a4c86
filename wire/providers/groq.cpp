#include "wire/json_members.hpp"
#include "wire/providers/openai_dialect.hpp"

// Its own x_groq on the first and the last chunk, the usage in three places, channels of
// thought, whole calls, and an error that is an event of that name.
namespace wire {
namespace {

constexpr char request_id[] = "req_01lockstep000000000000000";

ordered_json usage_of(usage const& tokens) {
    ordered_json counted{
        {"queue_time", 0.00491786},      {"prompt_tokens", tokens.input},
        {"prompt_time", 0.01460151},     {"completion_tokens", tokens.output},
        {"completion_time", 0.11216431}, {"total_tokens", add_counts(tokens.input, tokens.output)},
        {"total_time", 0.12676582}};
    if (tokens.cached > 0) counted["prompt_tokens_details"] = {{"cached_tokens", tokens.cached}};
    if (tokens.reasoning > 0)
        counted["completion_tokens_details"] = {{"reasoning_tokens", tokens.reasoning}};
    return counted;
}

void dress(ordered_json& chunk, answer_identity const& identity, std::size_t chunk_count) {
    chunk["system_fingerprint"] = "fp_lockstep";
    for (auto& choice : chunk["choices"])
        if (choice.contains("delta") && choice["delta"].contains("reasoning"))
            choice["delta"]["channel"] = "analysis";
    bool const whole = chunk["object"] == "chat.completion";
    if (whole || chunk_count == 0) chunk["x_groq"] = {{"id", request_id}, {"seed", 1367355884}};
    auto const counted = chunk.find("usage");
    if (whole || counted == chunk.end() || chunk["choices"].empty()) return;
    chunk["x_groq"] = {{"id", request_id}, {"usage", *counted}};
    if (!identity.include_usage) chunk.erase("usage");
}

ordered_json error_of(failure const& told) {
    ordered_json error{{"message", told.message},
                       {"type", told.type.empty() ? "invalid_request_error" : told.type}};
    if (!told.code.empty()) error["code"] = told.code;
    if (told.status == 0) error["status_code"] = 400;
    return {{"error", std::move(error)}};
}

constexpr openai_dialect told{
    .name = "groq",
    .prefix = "groq",
    .prompt = "Groq",
    .base = "https://api.groq.com/openai/v1",
    .call_id = "fc_",
    .thought = openai_dialect::thoughts::reasoning,
    .count = openai_dialect::counts::finish_and_own_chunk,
    .whole_calls = true,
    .names_errors = true,
    .dress = dress,
    .usage = usage_of,
    .error = error_of,
};

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format groq();

provider_format groq() { return openai_like<told>(); }

}  // namespace wire
