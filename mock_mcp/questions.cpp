#include "mock_mcp/questions.hpp"

#include <vector>

namespace mock_mcp {

question const& question_of(std::string const& word) {
    static std::vector<question> const all{
        {"sampling",
         "sampling/createMessage",
         {{"messages",
           {{{"role", "user"}, {"content", {{"type", "text"}, {"text", "What do you think?"}}}}}},
          {"maxTokens", 100}}},
        {"elicitation",
         "elicitation/create",
         {{"message", "Please say."},
          {"requestedSchema",
           {{"type", "object"}, {"properties", {{"answer", {{"type", "string"}}}}}}}}},
        {"roots", "roots/list", nlohmann::json::object()},
        {"task", "tasks/get", {{"taskId", "task-of-the-client"}}},
        {"task-result", "tasks/result", {{"taskId", "task-of-the-client"}}},
        {"ping", "ping", nlohmann::json::object()},
    };
    for (auto const& q : all)
        if (q.word == word) return q;
    return all.back();
}

void offer_for(std::string const& method, nlohmann::json& c) {
    if (method == "listen") c["tools"]["listChanged"] = true;
    if (method.starts_with("prompts/") && !c.contains("prompts"))
        c["prompts"] = nlohmann::json::object();
    if (method.starts_with("resources/") && !c.contains("resources"))
        c["resources"] = nlohmann::json::object();
    if (method == "resources/subscribe") c["resources"]["subscribe"] = true;
    if (method == "logging/setLevel") c["logging"] = nlohmann::json::object();
    if (method == "completion/complete") c["completions"] = nlohmann::json::object();
}

}  // namespace mock_mcp
