#include "scenarios/answer_chat.hpp"

namespace scenario {

void chat_answer::done() { tell_.say("end", finish_reason_); }

void chat_answer::chunk(nlohmann::json const& json) {
    if (!json.is_object()) return;
    if (auto const choices = json.find("choices"); choices != json.end() && choices->is_array())
        for (auto const& choice : *choices) {
            if (!choice.is_object()) continue;
            int const   index = choice.value("index", 0);
            auto const& d = value_at(choice, "delta");
            delta(d, index);
            auto const reason = text_at(choice, "finish_reason");
            if (!reason.empty()) {
                finish_reason_ = reason;
                tell_calls(index);
            }
            metadata(d);
        }
    if (auto const usage = json.find("usage"); usage != json.end() && usage->is_object())
        tell_.say("usage", usage->dump());
}

void chat_answer::delta(nlohmann::json const& d, int choice) {
    tell_.piece("thinking", text_at(d, "reasoning_content"));
    tell_.piece("text", text_at(d, "content"));
    tell_.piece("refusal", text_at(d, "refusal"));
    if (d.is_object() && d.contains("tool_calls") && d["tool_calls"].is_array())
        for (auto const& piece : d["tool_calls"]) {
            if (!piece.is_object()) continue;
            auto&       c = calls_[choice][piece.value("index", 0)];
            auto const& function = value_at(piece, "function");
            c.name += text_at(function, "name");
            c.arguments += text_at(function, "arguments");
        }
}

// Calls are told once they are whole: when their choice has finished.
void chat_answer::tell_calls(int choice) {
    for (auto const& [index, c] : calls_[choice]) tell_.tool(c.name, c.arguments);
    calls_[choice].clear();
}

// Where LiteLLM puts what it did: beside the message, or on a chunk's delta.
void chat_answer::metadata(nlohmann::json const& said) {
    auto const& fields = value_at(said, "provider_specific_fields");
    if (!fields.is_object()) return;
    std::string names;
    for (auto const& [name, value] : fields.items()) names += (names.empty() ? "" : " ") + name;
    tell_.say("metadata", names, fields);
}

void chat_answer::whole(nlohmann::json const& json) {
    for (auto const& choice : json.value("choices", nlohmann::json::array())) {
        auto const message = choice.value("message", nlohmann::json::object());
        delta(message, choice.value("index", 0));
        // A whole message has its calls in a list, without an index.
        calls_.clear();
        for (auto const& c : message.value("tool_calls", nlohmann::json::array())) {
            auto const function = c.value("function", nlohmann::json::object());
            tell_.tool(text_at(function, "name"), text_at(function, "arguments"));
        }
        metadata(message);
        finish_reason_ = text_at(choice, "finish_reason");
    }
    if (json.contains("usage")) tell_.say("usage", json["usage"].dump());
    tell_.say("end", finish_reason_);
}

}  // namespace scenario
