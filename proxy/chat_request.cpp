#include "proxy/chat_request.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

#include "wire/json_guard.hpp"

namespace proxy {

namespace {

[[noreturn]] void refuse(int status, std::string code, std::string message, std::string param) {
    request_problem p;
    p.status = status;
    p.code = std::move(code);
    p.message = std::move(message);
    p.param = std::move(param);
    throw refused(std::move(p));
}

bool read_flag(nlohmann::json const& from, char const* name) {
    auto const at = from.find(name);
    if (at == from.end() || at->is_null()) return false;
    if (!at->is_boolean())
        refuse(400, "invalid_type", std::string(name) + " must be true or false", name);
    return at->get<bool>();
}

// A day is more than any limit of ours.
std::optional<runtime::duration> read_timeout(nlohmann::json const& from) {
    constexpr double day = 24 * 3600;
    auto const       at = from.find("timeout");
    if (at == from.end() || at->is_null()) return {};
    if (!at->is_number() || at->get<double>() <= 0)
        refuse(400, "invalid_value", "timeout must be a number of seconds above 0", "timeout");
    auto const seconds = std::chrono::duration<double>(std::min(at->get<double>(), day));
    return std::chrono::duration_cast<runtime::duration>(seconds);
}

nlohmann::json parse(std::string_view body) {
    try {
        auto request = wire::parse_json(body);
        if (!request.is_object())
            refuse(400, "invalid_json", "the request body must be a JSON object", "");
        return request;
    } catch (boost::system::system_error const& e) {
        refuse(400, "invalid_json", std::string("the request body is no usable JSON: ") + e.what(),
               "");
    }
}

void check_messages(nlohmann::json const& request) {
    auto const at = request.find("messages");
    if (at == request.end() || !at->is_array() || at->empty())
        refuse(400, "missing_messages", "messages must be an array with at least one message",
               "messages");
    for (std::size_t i = 0; i < at->size(); ++i) {
        auto const& message = (*at)[i];
        if (!message.is_object() || !message.contains("role") || !message["role"].is_string())
            refuse(400, "invalid_message",
                   "messages[" + std::to_string(i) + "] must be an object with a role",
                   "messages[" + std::to_string(i) + "]");
    }
}

}  // namespace

chat_request read_chat_request(std::string_view body, config const& config) {
    auto const   request = parse(body);
    chat_request read;

    auto const name = request.find("model");
    if (name == request.end() || !name->is_string())
        refuse(400, "missing_model", "model must be a string", "model");
    read.model_name = name->get<std::string>();
    read.asked_model = config.find_model(read.model_name);
    if (!read.asked_model)
        refuse(404, "model_not_found", "there is no model '" + read.model_name + "' here", "model");
    check_messages(request);
    read.stream = read_flag(request, "stream");
    if (auto const options = request.find("stream_options");
        options != request.end() && options->is_object())
        read.include_usage = read_flag(*options, "include_usage");
    if (auto const n = request.find("n"); n != request.end() && !n->is_null()) {
        if (!n->is_number_integer() || *n < 1)
            refuse(400, "invalid_value", "n must be a whole number from 1 on", "n");
    }

    read.timeout = read_timeout(request);

    auto const tools = request.find("tools");
    read.selection = select_tools(tools == request.end() ? nlohmann::json() : *tools, config);
    if (!read.selection.entries.empty() && request.value("n", nlohmann::json(1)) != 1)
        refuse(400, "unsupported_value", "n above 1 together with MCP tools is not supported", "n");

    auto& talk = read.talk;
    talk.model = read.asked_model->upstream_name;
    talk.messages = request["messages"];
    talk.stream = read.stream;
    talk.include_usage = read.include_usage;
    talk.options = read.asked_model->options;
    for (auto const& [key, value] : request.items()) {
        if (key == "tool_choice")
            talk.tool_choice = value;
        else if (key != "model" && key != "messages" && key != "tools" && key != "stream" &&
                 key != "stream_options" && key != "timeout")
            talk.options[key] = value;
    }
    return read;
}

}  // namespace proxy
