#include "proxy/known_options.hpp"

#include <algorithm>
#include <initializer_list>

namespace proxy {

namespace {

bool is_one_of(std::string_view provider, std::initializer_list<std::string_view> knowing) {
    return std::find(knowing.begin(), knowing.end(), provider) != knowing.end();
}

}  // namespace

void keep_known_options(std::string_view provider, nlohmann::json& options) {
    if (!is_one_of(provider, {"anthropic", "gemini", "ollama", "cohere"})) options.erase("top_k");
    if (provider != "anthropic") options.erase("cache_control");
    auto const thinking = options.find("thinking");
    if (thinking == options.end() || is_one_of(provider, {"anthropic", "bedrock"})) return;
    auto const member = [&](char const* name) {
        return thinking->is_object() && thinking->contains(name) ? (*thinking)[name]
                                                                 : nlohmann::json();
    };
    auto const budget = member("budget_tokens");
    bool const on = budget.is_number_integer() && member("type") != "disabled";
    options.erase(thinking);
    if (!on || options.contains("reasoning_effort")) return;
    // The same steps in which an effort becomes a budget, the other way round.
    options["reasoning_effort"] = budget <= 1024 ? "low" : budget <= 4096 ? "medium" : "high";
}

}  // namespace proxy
