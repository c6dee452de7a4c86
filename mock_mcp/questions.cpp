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
        {"ping", "ping", nlohmann::json::object()},
    };
    for (auto const& q : all)
        if (q.word == word) return q;
    return all.back();
}

}  // namespace mock_mcp
