#include "wire/error.hpp"
#include "wire/failure_text.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/provider_format.hpp"
#include "wire/providers/ollama_answer.hpp"
#include "wire/providers/ollama_encoder.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

nlohmann::json spell_message(nlohmann::json const& message, nlohmann::json const& all) {
    auto           role = text_member(message, "role");
    nlohmann::json spelled{{"role", role == "developer" ? "system" : role},
                           {"content", text_of(message)}};
    for (auto const& call : calls_of(message))
        spelled["tool_calls"].push_back(
            {{"id", call.id},
             {"function", {{"name", call.name}, {"arguments", arguments_object(call.arguments)}}}});
    if (role == "tool") {
        auto const id = text_member(message, "tool_call_id");
        spelled["tool_call_id"] = id;
        spelled["tool_name"] = tool_called(all, id);
    }
    return spelled;
}

void add_tools(nlohmann::json& body, conversation const& talk) {
    // There is no tool_choice: not to offer them is the only way to forbid them.
    if (talk.tools.empty() || talk.tool_choice == "none") return;
    for (auto const& offered : talk.tools)
        body["tools"].push_back({{"type", "function"},
                                 {"function",
                                  {{"name", offered.name},
                                   {"description", offered.description},
                                   {"parameters", schema_of(offered)}}}});
}

void add_format(nlohmann::json& body, nlohmann::json const& options) {
    auto const* format = find_member(options, "response_format");
    if (!format) return;
    if (text_member(*format, "type") == "json_object") body["format"] = "json";
    auto const* named = find_member(*format, "json_schema");
    if (auto const* schema = named ? find_member(*named, "schema") : nullptr)
        body["format"] = *schema;
}

provider_request request(conversation const& talk, account const& whose) {
    auto const& asked = talk.options;
    if (count_member(asked, "n") > 1) fail(error::unsupported, "Ollama gives one answer");
    nlohmann::json body{{"model", talk.model}, {"stream", talk.stream}};
    body["messages"] = nlohmann::json::array();
    for (auto const& message : talk.messages)
        body["messages"].push_back(spell_message(message, talk.messages));
    add_tools(body, talk);
    add_format(body, asked);

    auto options = nlohmann::json::object();
    for (char const* same :
         {"temperature", "top_p", "top_k", "seed", "presence_penalty", "frequency_penalty"})
        if (auto const* given = find_member(asked, same)) options[same] = *given;
    if (auto const limit = tokens_max_of(asked); limit > 0) options["num_predict"] = limit;
    if (auto stop = stop_words(asked); !stop.empty()) options["stop"] = std::move(stop);
    if (!options.empty()) body["options"] = std::move(options);
    if (auto const effort = text_member(asked, "reasoning_effort"); !effort.empty())
        body["think"] = effort != "none";

    fields headers{{"Content-Type", "application/json"}};
    if (!whose.api_key.empty()) headers.emplace_back("Authorization", "Bearer " + whose.api_key);
    return {"/api/chat", std::move(headers), dump(body)};
}

failure failed(int status, std::string_view body) { return read_failure(status, body); }

provider_question question(std::string_view, std::string_view body) {
    auto const  asked = parse_json(body);
    auto const* messages = find_member(asked, "messages");
    if (!messages || !messages->is_array()) fail(error::malformed, "a request without messages");

    provider_question read;
    read.model = text_member(asked, "model");
    read.include_usage = true;
    // It streams unless it is told not to.
    auto const* stream = find_member(asked, "stream");
    read.stream = !stream || *stream != false;
    if (auto const* tools = find_member(asked, "tools"); tools && tools->is_array())
        for (auto const& offered : *tools)
            if (auto const* told = find_member(offered, "function"))
                read.tools.push_back(text_member(*told, "name"));
    read.messages = nlohmann::json::array();
    for (auto const& message : *messages) {
        auto const role = text_member(message, "role");
        auto const said = text_member(message, "content");
        if (role == "tool") {
            read.messages.push_back(openai_result(text_member(message, "tool_call_id"), said));
            continue;
        }
        std::vector<tool_call> calls;
        if (auto const* told = find_member(message, "tool_calls"); told && told->is_array())
            for (auto const& call : *told) {
                auto const* function = find_member(call, "function");
                auto const* arguments = function ? find_member(*function, "arguments") : nullptr;
                if (!arguments || !arguments->is_object())
                    fail(error::malformed, "arguments that are no object");
                calls.push_back(
                    {text_member(call, "id"), text_member(*function, "name"), dump(*arguments)});
            }
        read.messages.push_back(openai_message(role, said, calls));
    }
    read.results = last_results(read.messages);
    return read;
}

}  // namespace

// Declared and listed in provider_format.cpp.
provider_format ollama();

provider_format ollama() {
    return {
        .name = "ollama",
        .prefix = "ollama_chat",
        .prompt = "Ollama's own chat, a JSON object a line",
        .base = "http://localhost:11434",
        .framing = framing::ndjson,
        .request = request,
        .decoder = ollama_decoder,
        .whole = ollama_whole,
        .failed = failed,
        .answer_id = "",
        .call_id = "call_",
        .question = question,
        .encoder = ollama_encoder,
        .whole_body = ollama_whole_body,
        .failure_body = ollama_failure_body,
    };
}

}  // namespace wire
