#include "proxy/responses_input.hpp"

#include <utility>

#include "proxy/json_text.hpp"
#include "proxy/request_reading.hpp"
#include "proxy/shown_tools.hpp"

namespace proxy {

namespace {

using json = nlohmann::json;

constexpr char const* unanswered = "The user has not answered whether this call is allowed.";
constexpr char const* denied = "The user has not allowed this call.";

std::string word(json const& from, char const* name) {
    auto const* at = given(from, name);
    return at && at->is_string() ? at->get<std::string>() : std::string();
}

std::string needed(json const& from, char const* name, std::string const& where) {
    auto text = word(from, name);
    if (text.empty())
        refuse_request(400, "missing_parameter", where + " needs a '" + name + "'",
                       where + "." + name);
    return text;
}

json part_of(json const& part, std::string const& where) {
    auto const type = word(part, "type");
    if (type == "input_text" || type == "output_text" || type == "text")
        return {{"type", "text"}, {"text", word(part, "text")}};
    if (type == "refusal") return {{"type", "refusal"}, {"refusal", word(part, "refusal")}};
    if (type == "input_image" && !word(part, "image_url").empty()) {
        json image{{"url", word(part, "image_url")}};
        if (auto const detail = word(part, "detail"); !detail.empty()) image["detail"] = detail;
        return {{"type", "image_url"}, {"image_url", std::move(image)}};
    }
    if (type == "input_file" && !word(part, "file_data").empty())
        return {{"type", "file"},
                {"file",
                 {{"filename", word(part, "filename")}, {"file_data", word(part, "file_data")}}}};
    refuse_request(400, "unsupported_value",
                   where + ": a part of type '" + type + "' is not supported", where);
}

// One text alone is a text: every provider takes that. What an assistant said is one text always.
json content_of(json const& content, std::string const& where, bool join = false) {
    if (content.is_string()) return content;
    if (!content.is_array())
        refuse_request(400, "invalid_type", where + " must be a text or a list of parts", where);
    auto        parts = json::array();
    bool        plain = true;
    std::string all;
    for (std::size_t i = 0; i < content.size(); ++i) {
        parts.push_back(part_of(content[i], where + "[" + std::to_string(i) + "]"));
        plain = plain && parts.back()["type"] == "text";
        if (plain) all += parts.back()["text"].get<std::string>();
    }
    return plain && (join || parts.size() == 1) ? json(all) : parts;
}

}  // namespace

responses_input::responses_input(json messages, tool_selection const& selection,
                                 config const& config)
    : messages_(std::move(messages)), selection_(selection), config_(config) {}

void responses_input::go_on(std::map<std::string, wire::tool_call> const& approvals) {
    for (auto const& [id, call] : approvals) {
        result(call.id, unanswered);
        waiting_[id] = {call, messages_.size() - 1};
    }
}

void responses_input::read(json const& input) {
    if (input.is_string()) {
        messages_.push_back({{"role", "user"}, {"content", input}});
        return;
    }
    if (!input.is_array() || input.empty())
        refuse_request(400, "missing_input", "input must be a text or a list of items", "input");
    for (std::size_t i = 0; i < input.size(); ++i)
        item(input[i], "input[" + std::to_string(i) + "]");
}

void responses_input::item(json const& one, std::string const& where) {
    if (!one.is_object()) refuse_request(400, "invalid_type", where + " must be an object", where);
    auto const type = word(one, "type");
    if (type == "message" || (type.empty() && one.contains("role"))) return message(one, where);
    if (type == "function_call")
        return called(needed(one, "call_id", where), needed(one, "name", where),
                      word(one, "arguments"));
    if (type == "function_call_output") {
        auto const* output = given(one, "output");
        return result(needed(one, "call_id", where),
                      output ? content_of(*output, where + ".output") : json(""));
    }
    if (type == "mcp_call") {
        auto const id = needed(one, "id", where);
        called(id, name_of(one), word(one, "arguments"));
        auto const* error = given(one, "error");
        auto const  output = word(one, "output");
        return result(id, error && output.empty()
                              ? (error->is_string() ? *error : json(json_text(*error)))
                              : json(output));
    }
    if (type == "mcp_approval_request")
        return approval_request(needed(one, "id", where),
                                {needed(one, "id", where), name_of(one), word(one, "arguments")});
    if (type == "mcp_approval_response") return approval_response(one, where);
    if (type == "reasoning") return reasoning(one);
    if (type == "mcp_list_tools") {
        listed.insert(word(one, "server_label"));
        return;
    }
    refuse_request(400, "unsupported_value",
                   where + ": an item of type '" + type + "' is not supported", where + ".type");
}

// What one turn of the model said stands in one message, however many items it came in.
json& responses_input::assistant() {
    bool const open = !messages_.empty() && word(messages_.back(), "role") == "assistant";
    if (!open) messages_.push_back({{"role", "assistant"}, {"content", nullptr}});
    return messages_.back();
}

void responses_input::message(json const& one, std::string const& where) {
    auto const  role = needed(one, "role", where);
    auto const* content = given(one, "content");
    auto said = content ? content_of(*content, where + ".content", role == "assistant") : json("");
    if (role == "assistant") {
        auto& answer = assistant();
        auto& known = answer["content"];
        if (known.is_string() && said.is_string())
            known.get_ref<std::string&>() += said.get<std::string>();
        else if (known.is_null())
            known = std::move(said);
        else
            messages_.push_back({{"role", "assistant"}, {"content", std::move(said)}});
    } else if (role == "user" || role == "system" || role == "developer") {
        messages_.push_back({{"role", role}, {"content", std::move(said)}});
    } else {
        refuse_request(400, "invalid_value", where + ": the role '" + role + "' is not known",
                       where + ".role");
    }
}

// See responses_answer: what the provider had sealed comes back to it.
void responses_input::reasoning(json const& one) {
    auto const     sealed = word(one, "encrypted_content");
    wire::thinking thought;
    if (sealed.starts_with("redacted:")) {
        thought.redacted = true;
        thought.signature = sealed.substr(9);
    } else if (sealed.starts_with("signed:")) {
        thought.signature = sealed.substr(7);
        if (auto const* parts = given(one, "summary"); parts && parts->is_array())
            for (auto const& part : *parts) thought.piece += word(part, "text");
    } else {
        return;
    }
    wire::add_thinking(assistant()["thinking_blocks"], thought);
}

void responses_input::called(std::string id, std::string name, std::string arguments) {
    assistant()["tool_calls"].push_back(
        {{"id", std::move(id)},
         {"type", "function"},
         {"function", {{"name", std::move(name)}, {"arguments", std::move(arguments)}}}});
}

void responses_input::result(std::string const& id, json content) {
    messages_.push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", std::move(content)}});
}

void responses_input::approval_request(std::string const& id, wire::tool_call call) {
    called(call.id, call.name, call.arguments);
    result(call.id, unanswered);
    waiting_[id] = {std::move(call), messages_.size() - 1};
}

void responses_input::approval_response(json const& one, std::string const& where) {
    auto const  id = needed(one, "approval_request_id", where);
    auto const* word_given = given(one, "approve");
    if (!word_given || !word_given->is_boolean())
        refuse_request(400, "invalid_type", where + ".approve must be true or false",
                       where + ".approve");
    auto const asked = waiting_.find(id);
    if (asked == waiting_.end())
        refuse_request(400, "approval_not_found",
                       where + ": nobody has asked for the approval '" + id + "'",
                       where + ".approval_request_id");
    auto const waiting = asked->second;
    waiting_.erase(asked);  // a second word on it is one too many
    if (*word_given == true) {
        if (selection_.entries.empty())
            refuse_request(400, "missing_parameter",
                           "to run an approved call the request needs the MCP server in its tools",
                           "tools");
        approved.push_back({waiting.call, id, waiting.position});
        return;
    }
    auto const reason = word(one, "reason");
    messages_[waiting.position]["content"] =
        reason.empty() ? std::string(denied) : denied + (" " + reason);
}

std::string responses_input::name_of(json const& one) const {
    return told_name(config_, selection_, word(one, "server_label"), word(one, "name"));
}

}  // namespace proxy
