#include "proxy/responses_request.hpp"

#include "proxy/request_reading.hpp"
#include "proxy/responses_answer.hpp"
#include "proxy/responses_input.hpp"
#include "proxy/shown_tools.hpp"

namespace proxy {

namespace {

using json = nlohmann::json;

// Functions are flat here and nested in chat completions.
json chat_tools(json const& tools) {
    if (!tools.is_array()) return tools;
    auto made = json::array();
    for (auto const& one : tools) {
        auto const* type = given(one, "type");
        if (!type || *type != "function" || given(one, "function")) {
            made.push_back(one);
            continue;
        }
        auto function = one;
        function.erase("type");
        made.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return made;
}

json chat_choice(json const& choice, tool_selection const& selection, config const& config) {
    if (!choice.is_object()) return choice;
    auto const type = read_text(choice, "type");
    auto const name = read_text(choice, "name");
    if (type == "function") return {{"type", "function"}, {"function", {{"name", name}}}};
    if (type == "mcp" && name.empty()) return "required";
    if (type == "mcp") {
        auto const told = told_name(config, selection, read_text(choice, "server_label"), name);
        return {{"type", "function"}, {"function", {{"name", told}}}};
    }
    refuse_request(400, "unsupported_value",
                   "a tool_choice of type '" + type + "' is not supported", "tool_choice");
}

json chat_format(json const& format) {
    if (read_text(format, "type") != "json_schema") return format;
    auto schema = format;
    schema.erase("type");
    return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
}

void read_options(json const& request, json& options) {
    for (auto const* same : {"temperature", "top_p", "parallel_tool_calls", "user", "service_tier",
                             "prompt_cache_key", "safety_identifier"})
        if (auto const* value = given(request, same)) options[same] = *value;
    if (auto const* most = given(request, "max_output_tokens")) {
        if (!most->is_number_integer() || *most < 1)
            refuse_request(400, "invalid_value",
                           "max_output_tokens must be a whole number from 1 on",
                           "max_output_tokens");
        options["max_completion_tokens"] = *most;
    }
    if (auto const* reasoning = given(request, "reasoning"))
        if (auto const* effort = given(*reasoning, "effort")) options["reasoning_effort"] = *effort;
    auto const* text = given(request, "text");
    if (!text) return;
    if (auto const* format = given(*text, "format"); format && read_text(*format, "type") != "text")
        options["response_format"] = chat_format(*format);
    if (auto const* verbosity = given(*text, "verbosity")) options["verbosity"] = *verbosity;
}

// What would change the answer, and is not done here, is refused rather than left out.
void refuse_what_is_missing(json const& request) {
    for (auto const* name : {"conversation", "prompt"})
        if (given(request, name))
            refuse_request(400, "unsupported_parameter", std::string(name) + " is not supported",
                           name);
    if (read_flag(request, "background"))
        refuse_request(400, "unsupported_parameter", "background is not supported", "background");
}

nlohmann::ordered_json echo_of(json const& request) {
    nlohmann::ordered_json echo;
    auto const             repeat = [&](char const* name, nlohmann::ordered_json otherwise) {
        auto const* value = given(request, name);
        echo[name] = value ? nlohmann::ordered_json(*value) : std::move(otherwise);
    };
    repeat("instructions", nullptr);
    repeat("max_output_tokens", nullptr);
    repeat("max_tool_calls", nullptr);
    repeat("parallel_tool_calls", true);
    repeat("previous_response_id", nullptr);
    repeat("reasoning", {{"effort", nullptr}, {"summary", nullptr}});
    repeat("store", true);
    repeat("temperature", nullptr);
    repeat("text", {{"format", {{"type", "text"}}}});
    repeat("tool_choice", "auto");
    repeat("tools", nlohmann::ordered_json::array());
    repeat("top_p", nullptr);
    repeat("truncation", "disabled");
    repeat("user", nullptr);
    repeat("metadata", nlohmann::ordered_json::object());
    return echo;
}

// As they are told to who asks for them: a text is a message, and each has its type.
json items_of(json const& input) {
    auto       items = json::array();
    auto const message = [](json content) {
        auto parts = json::array();
        parts.push_back({{"type", "input_text"}, {"text", std::move(content)}});
        return parts;
    };
    if (input.is_string())
        items.push_back({{"type", "message"}, {"role", "user"}, {"content", message(input)}});
    if (!input.is_array()) return items;
    for (auto item : input) {
        if (!given(item, "type")) item["type"] = "message";
        auto const* content = given(item, "content");
        if (content && content->is_string() && item.value("role", "") != "assistant")
            item["content"] = message(*content);
        items.push_back(std::move(item));
    }
    return items;
}

// Of MCP tools that run here, in the whole response.
std::optional<std::size_t> tool_calls_max(json const& request) {
    auto const* most = given(request, "max_tool_calls");
    if (!most) return {};
    if (!most->is_number_integer() || *most < 1)
        refuse_request(400, "invalid_value", "max_tool_calls must be a whole number from 1 on",
                       "max_tool_calls");
    return most->get<std::size_t>();
}

bool wants_sealed_thinking(json const& request) {
    auto const* include = given(request, "include");
    if (!include || !include->is_array()) return false;
    for (auto const& one : *include)
        if (one == "reasoning.encrypted_content") return true;
    return false;
}

}  // namespace

understood read_responses_request(std::string_view body, asking const& by) {
    auto const request = parse_request(body, by.settings.limits);
    auto       read = read_question(request, by.settings);
    refuse_what_is_missing(request);
    auto const* tools = given(request, "tools");
    read.selection = select_tools(tools ? chat_tools(*tools) : json(), by.settings);
    if (auto const* choice = given(request, "tool_choice"))
        read.talk.tool_choice = chat_choice(*choice, read.selection, by.settings);
    read_options(request, read.talk.options);
    read.tool_calls_max = tool_calls_max(request);

    response_frame frame;
    frame.echo = echo_of(request);
    frame.streamed = read.stream;
    frame.sealed_thinking = wants_sealed_thinking(request);
    frame.owner = by.owner;
    if (read_flag(request, "store", true)) frame.store = &by.responses;

    auto front = json::array();

    std::shared_ptr<kept_response const> before;
    if (auto const text = read_text(request, "instructions"); !text.empty())
        front.push_back({{"role", "system"}, {"content", text}});
    // Instructions are for one response; the next may have others.
    frame.not_kept = front.size();
    if (auto const id = read_text(request, "previous_response_id"); !id.empty()) {
        before = by.responses.find(id, by.owner);
        if (!before)
            refuse_request(404, "previous_response_not_found",
                           "there is no response '" + id + "' to go on from",
                           "previous_response_id");
        for (auto const& message : before->messages) front.push_back(message);
        frame.listed = before->listed;
    }
    responses_input input(std::move(front), read.selection, by.settings);
    if (before) input.go_on(before->approvals);
    auto const* said = given(request, "input");
    input.read(said ? *said : json());
    if (said) frame.input = items_of(*said);
    frame.listed.insert(input.listed.begin(), input.listed.end());
    read.approved = std::move(input.approved);
    read.talk.messages = input.take_messages();
    return {std::move(read),
            [frame = std::move(frame)](client_line const& to, client_answer::identity who) {
                return responses_answer(to, std::move(who), frame);
            }};
}

}  // namespace proxy
