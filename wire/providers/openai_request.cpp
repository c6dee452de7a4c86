#include "wire/providers/openai_request.hpp"

#include "wire/error.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace wire {
namespace {

// Anthropic's marks of what may be cached; here prompts are cached without being asked.
constexpr char const* cache_mark = "cache_control";

nlohmann::json spell_tool(tool const& offered) {
    if (!offered.original.is_null()) {
        auto spelled = offered.original;
        if (spelled.is_object()) spelled.erase(cache_mark);
        return spelled;
    }
    return {{"type", "function"},
            {"function",
             {{"name", offered.name},
              {"description", offered.description},
              {"parameters", offered.parameters},
              {"strict", false}}}};
}

void without_marks(nlohmann::json& message, char const* list) {
    auto const parts = message.find(list);
    if (parts == message.end() || !parts->is_array()) return;
    for (auto& part : *parts)
        if (part.is_object()) part.erase(cache_mark);
}

// Thinking goes back to those who sealed it; OpenAI refuses members it does not know.
nlohmann::json spell_messages(nlohmann::json messages) {
    for (auto& message : messages) {
        if (!message.is_object()) continue;
        message.erase("thinking_blocks");
        message.erase(cache_mark);
        without_marks(message, "content");
        without_marks(message, "tool_calls");
    }
    return messages;
}

std::string content_text(nlohmann::json const& message) {
    auto const* content = find_member(message, "content");
    if (!content) return {};
    if (content->is_string()) return content->get<std::string>();
    std::string joined;
    if (content->is_array())
        for (auto const& part : *content) joined += text_member(part, "text");
    return joined;
}

}  // namespace

nlohmann::json openai_body(conversation const& talk) {
    auto body = talk.options.is_object() ? talk.options : nlohmann::json::object();
    body["model"] = talk.model;
    body["messages"] =
        talk.messages.is_array() ? spell_messages(talk.messages) : nlohmann::json::array();
    if (!talk.tools.empty()) {
        auto tools = nlohmann::json::array();
        for (auto const& offered : talk.tools) tools.push_back(spell_tool(offered));
        body["tools"] = std::move(tools);
    }
    if (!talk.tool_choice.is_null()) body["tool_choice"] = talk.tool_choice;
    body["stream"] = talk.stream;
    if (talk.stream) {
        auto& stream_options = body["stream_options"];
        if (!stream_options.is_object()) stream_options = nlohmann::json::object();
        // The gateway counts tokens whether its client wants to know or not.
        stream_options["include_usage"] = true;
    } else {
        body.erase("stream_options");
    }
    return body;
}

provider_question openai_question(std::string_view body) {
    auto const asked = parse_json(body);
    if (!asked.is_object()) fail(error::malformed, "a request that is not an object");
    auto const* messages = find_member(asked, "messages");
    if (!messages || !messages->is_array()) fail(error::malformed, "a request without messages");

    provider_question read;
    read.model = text_member(asked, "model");
    read.stream = flag_member(asked, "stream");
    if (auto const* options = find_member(asked, "stream_options"))
        read.include_usage = flag_member(*options, "include_usage");
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& offered : *tools) {
            auto const* told = find_member(offered, "function");
            if (!told) told = find_member(offered, "custom");
            read.tools.push_back(told ? text_member(*told, "name") : text_member(offered, "name"));
        }
    for (auto const& message : *messages) {
        auto const role = text_member(message, "role");
        if (role == "tool")
            read.results.emplace_back(text_member(message, "tool_call_id"), content_text(message));
        else
            read.results.clear();
    }
    return read;
}

}  // namespace wire
