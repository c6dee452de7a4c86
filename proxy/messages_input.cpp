#include "proxy/messages_input.hpp"

#include "proxy/json_text.hpp"
#include "proxy/request_reading.hpp"
#include "wire/conversation.hpp"

namespace proxy {

namespace {

using json = nlohmann::json;

std::string word(json const& from, char const* name) {
    auto const* at = given(from, name);
    return at && at->is_string() ? at->get<std::string>() : std::string();
}

[[noreturn]] void unsupported(json const& block, std::string const& where) {
    refuse_request(400, "unsupported_value",
                   where + ": a block of type '" + word(block, "type") + "' is not supported",
                   where);
}

std::string url_of(json const& block, std::string const& where) {
    auto const* source = given(block, "source");
    if (source && word(*source, "type") == "url") return word(*source, "url");
    if (source && word(*source, "type") == "base64")
        return "data:" + word(*source, "media_type") + ";base64," + word(*source, "data");
    unsupported(block, where);
}

// A mark of what may be cached goes along: who caches by marks is told of it.
void mark_as(json const& block, json& made) {
    if (auto const* cache = given(block, "cache_control")) made["cache_control"] = *cache;
}

json chat_part(json const& block, std::string const& where) {
    auto const type = word(block, "type");
    if (type == "text") return {{"type", "text"}, {"text", word(block, "text")}};
    if (type == "image")
        return {{"type", "image_url"}, {"image_url", {{"url", url_of(block, where)}}}};
    if (type == "document")
        return {
            {"type", "file"},
            {"file", {{"filename", word(block, "title")}, {"file_data", url_of(block, where)}}}};
    unsupported(block, where);
}

json part_of(json const& block, std::string const& where) {
    auto part = chat_part(block, where);
    mark_as(block, part);
    return part;
}

// One text alone is a text: every provider takes that. What an assistant said is one text always,
// but for a mark of what may be cached.
json tidy(json parts, bool join) {
    std::string all;
    if (!join && parts.size() != 1) return parts;
    for (auto const& part : parts) {
        if (part["type"] != "text" || part.contains("cache_control")) return parts;
        all += part["text"].get<std::string>();
    }
    return all;
}

json content_of(json const& content, std::string const& where) {
    if (content.is_string()) return content;
    if (!content.is_array())
        refuse_request(400, "invalid_type", where + " must be a text or a list of blocks", where);
    auto parts = json::array();
    for (std::size_t i = 0; i < content.size(); ++i)
        parts.push_back(part_of(content[i], where + "[" + std::to_string(i) + "]"));
    return tidy(std::move(parts), false);
}

// One message of the request; it may come to several of chat completions.
class reader {
public:
    using name_of = std::function<std::string(std::string const&, std::string const&)>;

    reader(json& made, name_of const& told) : made_(made), told_(told) {}

    void message(json const& one, std::string const& where) {
        auto const role = word(one, "role");
        if (role != "user" && role != "assistant")
            refuse_request(400, "invalid_message", where + " needs the role user or assistant",
                           where + ".role");
        auto const* content = given(one, "content");
        if (!content || (!content->is_string() && !content->is_array()))
            refuse_request(400, "invalid_message",
                           where + ".content must be a text or a list of blocks",
                           where + ".content");
        if (content->is_string()) {
            made_.push_back({{"role", role}, {"content", *content}});
            return;
        }
        for (std::size_t i = 0; i < content->size(); ++i) {
            auto const at = where + ".content[" + std::to_string(i) + "]";
            if (!(*content)[i].is_object())
                refuse_request(400, "invalid_message", at + " must be an object", at);
            if (role == "user")
                user((*content)[i], at);
            else
                assistant((*content)[i], at);
        }
        flush(role);
    }

private:
    void user(json const& block, std::string const& where) {
        if (word(block, "type") != "tool_result") {
            parts_.push_back(part_of(block, where));
            return;
        }
        result(block, where);
    }

    void assistant(json const& block, std::string const& where) {
        auto const type = word(block, "type");
        if (type == "thinking" || type == "redacted_thinking") {
            if (!answer_.is_object()) answer_ = json::object();
            answer_["thinking_blocks"].push_back(block);
        } else if (type == "tool_use" || type == "mcp_tool_use") {
            auto const* input = given(block, "input");
            auto const  name = type == "tool_use"
                                   ? word(block, "name")
                                   : told_(word(block, "server_name"), word(block, "name"));
            if (!answer_.is_object()) answer_ = json::object();
            answer_["tool_calls"].push_back(
                {{"id", word(block, "id")},
                 {"type", "function"},
                 {"function", {{"name", name}, {"arguments", input ? json_text(*input) : "{}"}}}});
            mark_as(block, answer_["tool_calls"].back());
        } else if (type == "mcp_tool_result") {
            flush("assistant");
            result(block, where);
        } else {
            // Said behind calls: it belongs to the next turn only if their results came between.
            parts_.push_back(part_of(block, where));
        }
    }

    void result(json const& block, std::string const& where) {
        auto const* content = given(block, "content");
        made_.push_back(
            {{"role", "tool"},
             {"tool_call_id", word(block, "tool_use_id")},
             {"content", content ? content_of(*content, where + ".content") : json("")}});
        mark_as(block, made_.back());
    }

    void flush(std::string const& role) {
        if (parts_.empty() && !answer_.is_object()) return;
        bool const answer = role == "assistant";
        json       message{{"role", role}};
        message["content"] = parts_.empty() ? json() : tidy(std::move(parts_), answer);
        if (answer_.is_object()) message.update(answer_);
        made_.push_back(std::move(message));
        parts_ = json::array();
        answer_ = nullptr;
    }

    json&          made_;
    name_of const& told_;
    json           parts_ = json::array();
    json           answer_;  // calls and thinking of the assistant's message
};

}  // namespace

json chat_messages(json const& request, reader::name_of const& told) {
    auto made = json::array();
    if (auto const* system = given(request, "system"))
        made.push_back({{"role", "system"}, {"content", content_of(*system, "system")}});
    auto const* messages = given(request, "messages");
    if (!messages || !messages->is_array() || messages->empty())
        refuse_request(400, "missing_messages",
                       "messages must be an array with at least one message", "messages");
    reader read(made, told);
    for (std::size_t i = 0; i < messages->size(); ++i)
        read.message((*messages)[i], "messages[" + std::to_string(i) + "]");
    return made;
}

}  // namespace proxy
