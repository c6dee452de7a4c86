#include "proxy/messages_request.hpp"

#include "proxy/known_options.hpp"
#include "proxy/messages_answer.hpp"
#include "proxy/messages_connector.hpp"
#include "proxy/messages_input.hpp"
#include "proxy/request_reading.hpp"
#include "proxy/shown_tools.hpp"

namespace proxy {

namespace {

using json = nlohmann::json;

// A tool without a type is the caller's own function. The connector's servers stand behind.
json chat_tools(json const& tools, json const& servers) {
    if (!tools.is_null() && !tools.is_array()) return tools;
    auto made = json::array();
    for (auto const& one : tools) {
        if (is_toolset(one)) continue;
        auto const* type = given(one, "type");
        if (!one.is_object() || (type && *type != "custom")) {
            made.push_back(one);
            continue;
        }
        json function;
        for (auto const* same : {"name", "description", "strict"})
            if (auto const* value = given(one, same)) function[same] = *value;
        if (auto const* schema = given(one, "input_schema")) function["parameters"] = *schema;
        made.push_back({{"type", "function"}, {"function", std::move(function)}});
        if (auto const* cache = given(one, "cache_control")) made.back()["cache_control"] = *cache;
    }
    for (auto& entry : connector_tools(servers, tools)) made.push_back(std::move(entry));
    return made;
}

json chat_choice(json const& choice, json& options) {
    auto const type = read_text(choice, "type");
    if (read_flag(choice, "disable_parallel_tool_use")) options["parallel_tool_calls"] = false;
    if (type == "tool")
        return {{"type", "function"}, {"function", {{"name", read_text(choice, "name")}}}};
    if (type == "any") return "required";
    if (type == "auto" || type == "none") return type;
    refuse_request(400, "invalid_value", "tool_choice: the type '" + type + "' is not known",
                   "tool_choice.type");
}

void read_options(json const& request, json& options) {
    auto const* most = given(request, "max_tokens");
    if (!most || !most->is_number_integer() || *most < 1)
        refuse_request(400, "missing_parameter", "max_tokens must be a whole number from 1 on",
                       "max_tokens");
    options["max_tokens"] = *most;
    for (auto const* same : {"temperature", "top_p", "top_k", "thinking", "cache_control"})
        if (auto const* value = given(request, same)) options[same] = *value;
    if (auto const* stop = given(request, "stop_sequences")) options["stop"] = *stop;
    if (auto const* metadata = given(request, "metadata"))
        if (auto const user = read_text(*metadata, "user_id"); !user.empty())
            options["user"] = user;
}

}  // namespace

understood read_messages_request(std::string_view body, asking const& by) {
    auto const request = parse_request(body, by.settings.limits);
    auto       read = read_question(request, by.settings);
    auto&      talk = read.talk;
    read_options(request, talk.options);
    keep_known_options(read.asked_model->provider, talk.options);
    auto const* tools = given(request, "tools");
    auto const* servers = given(request, "mcp_servers");
    auto const  all = chat_tools(tools ? *tools : json(), servers ? *servers : json());
    read.selection = select_tools(all, by.settings);
    if (auto const* choice = given(request, "tool_choice"))
        talk.tool_choice = chat_choice(*choice, talk.options);
    auto const told = [&](std::string const& server, std::string const& name) {
        return told_name(by.settings, read.selection, server, name);
    };
    talk.messages = chat_messages(request, told);
    bool const streamed = read.stream;
    return {std::move(read), [streamed](client_line const& to, client_answer::identity who) {
                return messages_answer(to, std::move(who), streamed);
            }};
}

}  // namespace proxy
