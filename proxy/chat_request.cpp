#include "proxy/chat_request.hpp"

#include "proxy/request_reading.hpp"

namespace proxy {

namespace {

void check_messages(nlohmann::json const& request) {
    auto const* at = given(request, "messages");
    if (!at || !at->is_array() || at->empty())
        refuse_request(400, "missing_messages",
                       "messages must be an array with at least one message", "messages");
    for (std::size_t i = 0; i < at->size(); ++i) {
        auto const& message = (*at)[i];
        if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
            refuse_request(400, "invalid_message",
                           "messages[" + std::to_string(i) + "] must be an object with a role",
                           "messages[" + std::to_string(i) + "]");
    }
}

}  // namespace

understood read_chat_request(std::string_view body, asking const& by) {
    auto const request = parse_request(body, by.settings.limits);
    auto       read = read_question(request, by.settings);
    check_messages(request);
    bool include_usage = false;
    if (auto const* options = given(request, "stream_options"); options && options->is_object())
        include_usage = read_flag(*options, "include_usage");
    if (auto const* n = given(request, "n"); n && (!n->is_number_integer() || *n < 1))
        refuse_request(400, "invalid_value", "n must be a whole number from 1 on", "n");

    auto const* tools = given(request, "tools");
    read.selection = select_tools(tools ? *tools : nlohmann::json(), by.settings);
    if (!read.selection.entries.empty() && request.value("n", nlohmann::json(1)) != 1)
        refuse_request(400, "unsupported_value",
                       "n above 1 together with MCP tools is not supported", "n");

    auto& talk = read.talk;
    talk.messages = request["messages"];
    talk.include_usage = include_usage;
    for (auto const& [key, value] : request.items()) {
        if (key == "tool_choice")
            talk.tool_choice = value;
        else if (key != "model" && key != "messages" && key != "tools" && key != "stream" &&
                 key != "stream_options" && key != "timeout")
            talk.options[key] = value;
    }
    bool const streamed = read.stream;
    return {std::move(read), [=](client_line const& to, client_answer::identity who) {
                return streamed ? streamed_answer(to, std::move(who), include_usage)
                                : whole_answer(to, std::move(who));
            }};
}

}  // namespace proxy
