#include "scenarios/answer_responses.hpp"

namespace scenario {

bool responses_answer::is_event(nlohmann::json const& json) {
    return text_at(json, "type").starts_with("response.");
}

bool responses_answer::is_whole(nlohmann::json const& json) {
    return text_at(json, "object") == "response";
}

void responses_answer::event(nlohmann::json const& json) {
    auto const type = text_at(json, "type");
    if (type == "response.output_text.delta") return tell_.piece("text", text_at(json, "delta"));
    if (type == "response.refusal.delta") return tell_.piece("refusal", text_at(json, "delta"));
    if (type == "response.reasoning_summary_text.delta" || type == "response.reasoning_text.delta")
        return tell_.piece("thinking", text_at(json, "delta"));
    if (type == "response.output_item.done") return item(value_at(json, "item"));
    if (type == "response.completed" || type == "response.incomplete" || type == "response.failed")
        over(value_at(json, "response"));
}

void responses_answer::item(nlohmann::json const& done) {
    auto const type = text_at(done, "type");
    auto const name = text_at(done, "name");
    if (type == "function_call") return tell_.tool(name, text_at(done, "arguments"));
    if (type == "custom_tool_call") return tell_.tool(name, text_at(done, "input"));
    if (type == "message" || type == "reasoning") return;
    auto const about = name.empty() ? text_at(done, "server_label") : name;
    tell_.say("metadata", about.empty() ? type : type + ' ' + about, done);
}

void responses_answer::over(nlohmann::json const& response) {
    auto const status = text_at(response, "status");
    tell_.quietly("response", text_at(response, "id"));
    if (status == "failed") {
        // OpenAI says `error` first and then this: told once.
        if (!tell_.failed()) tell_.error(value_at(response, "error"));
        return;
    }
    auto const usage = value_at(response, "usage");
    if (usage.is_object()) tell_.say("usage", usage.dump());
    auto const reason = text_at(value_at(response, "incomplete_details"), "reason");
    tell_.say("end", reason.empty() ? status : status + ' ' + reason);
}

void responses_answer::whole(nlohmann::json const& json) {
    auto const parts = [](nlohmann::json const& from, char const* name) {
        auto list = value_at(from, name);
        return list.is_array() ? list : nlohmann::json::array();
    };
    for (auto const& one : parts(json, "output")) {
        for (auto const& part : parts(one, "summary"))
            tell_.piece("thinking", text_at(part, "text"));
        for (auto const& part : parts(one, "content")) {
            bool const thought = text_at(part, "type") == "reasoning_text";
            tell_.piece(thought ? "thinking" : "text", text_at(part, "text"));
            tell_.piece("refusal", text_at(part, "refusal"));
        }
        item(one);
    }
    over(json);
}

}  // namespace scenario
