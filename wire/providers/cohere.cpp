#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/cohere_answer.hpp"
#include "wire/providers/cohere_encoder.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

nlohmann::json spell_message(nlohmann::json const& message) {
    auto           role = text_member(message, "role");
    auto           said = text_of(message);
    auto const     calls = calls_of(message);
    nlohmann::json spelled{{"role", role == "developer" ? "system" : role}};
    if (role == "tool") spelled["tool_call_id"] = text_member(message, "tool_call_id");
    // Words beside calls are the plan of them.
    if (calls.empty())
        spelled["content"] = std::move(said);
    else if (!said.empty())
        spelled["tool_plan"] = std::move(said);
    for (auto const& call : calls)
        spelled["tool_calls"].push_back(
            {{"id", call.id},
             {"type", "function"},
             {"function",
              {{"name", call.name},
               {"arguments", call.arguments.empty() ? "{}" : call.arguments}}}});
    return spelled;
}

void add_tools(nlohmann::json& body, conversation const& talk) {
    if (talk.tools.empty()) return;
    auto const [how, which] = choice_of(talk.tool_choice);
    auto tools = nlohmann::json::array();
    for (auto const& offered : talk.tools)
        if (which.empty() || offered.name == which)
            tools.push_back({{"type", "function"},
                             {"function",
                              {{"name", offered.name},
                               {"description", offered.description},
                               {"parameters", schema_of(offered)}}}});
    body["tools"] = std::move(tools);
    if (how == "required") body["tool_choice"] = "REQUIRED";
    if (how == "none") body["tool_choice"] = "NONE";
}

void add_format(nlohmann::json& body, nlohmann::json const& options) {
    auto const* format = find_member(options, "response_format");
    if (!format || text_member(*format, "type") == "text") return;
    nlohmann::json spelled{{"type", "json_object"}};
    auto const*    named = find_member(*format, "json_schema");
    if (auto const* schema = named ? find_member(*named, "schema") : nullptr)
        spelled["json_schema"] = *schema;
    body["response_format"] = std::move(spelled);
}

provider_request request(conversation const& talk, account const& whose) {
    auto const& options = talk.options;
    if (count_member(options, "n") > 1) fail(error::unsupported, "Cohere gives one answer");
    nlohmann::json body{{"model", talk.model}, {"stream", talk.stream}};
    body["messages"] = nlohmann::json::array();
    for (auto const& message : talk.messages) body["messages"].push_back(spell_message(message));
    add_tools(body, talk);
    add_format(body, options);
    static constexpr std::pair<char const*, char const*> same[] = {
        {"temperature", "temperature"},
        {"top_p", "p"},
        {"top_k", "k"},
        {"seed", "seed"},
        {"presence_penalty", "presence_penalty"},
        {"frequency_penalty", "frequency_penalty"}};
    for (auto const& [ours, theirs] : same)
        if (auto const* given = find_member(options, ours)) body[theirs] = *given;
    if (auto const limit = tokens_max_of(options); limit > 0) body["max_tokens"] = limit;
    if (auto stop = stop_words(options); !stop.empty()) body["stop_sequences"] = std::move(stop);
    if (auto const effort = text_member(options, "reasoning_effort"); !effort.empty())
        body["thinking"] = {{"type", effort == "none" ? "disabled" : "enabled"}};
    return {"/chat",
            {{"Authorization", "Bearer " + whose.api_key}, {"Content-Type", "application/json"}},
            dump(body)};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

// A result's content may be documents instead of a text.
std::string result_text(nlohmann::json const& message) {
    auto const* content = find_member(message, "content");
    if (!content || content->is_string()) return text_member(message, "content");
    std::string joined;
    if (content->is_array())
        for (auto const& part : *content) {
            auto const* document = find_member(part, "document");
            joined += document ? text_member(*document, "data") : text_member(part, "text");
        }
    return joined;
}

provider_question question(std::string_view, std::string_view body) {
    auto const  asked = parse_json(body);
    auto const* messages = find_member(asked, "messages");
    if (!messages || !messages->is_array()) fail(error::malformed, "a request without messages");

    provider_question read;
    read.model = text_member(asked, "model");
    read.stream = flag_member(asked, "stream");
    read.include_usage = true;
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& offered : *tools)
            if (auto const* told = find_member(offered, "function"))
                read.tools.push_back(text_member(*told, "name"));
    read.messages = nlohmann::json::array();
    for (auto const& message : *messages) {
        auto const role = text_member(message, "role");
        if (role == "tool") {
            read.messages.push_back(
                openai_result(text_member(message, "tool_call_id"), result_text(message)));
            continue;
        }
        auto said = text_member(message, "tool_plan");
        if (said.empty()) said = result_text(message);
        read.messages.push_back(openai_message(role, said, calls_of(message)));
    }
    read.results = last_results(read.messages);
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format cohere();

provider_format cohere() {
    return {
        .name = "cohere",
        .prefix = "cohere_chat",
        .prompt = "Cohere's chat, version 2",
        .base = "https://api.cohere.com/v2",
        .framing = framing::sse,
        .request = request,
        .decoder = cohere_decoder,
        .whole = cohere_whole,
        .failed = failed,
        .answer_id = "",
        .call_id = "call_",
        .question = question,
        .encoder = cohere_encoder,
        .whole_body = cohere_whole_body,
        .failure_body = cohere_failure_body,
    };
}

}  // namespace wire
