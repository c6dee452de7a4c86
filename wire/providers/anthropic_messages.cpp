#include "wire/providers/anthropic_messages.hpp"

#include <string>
#include <utility>

#include <boost/system/system_error.hpp>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"
#include "wire/spelling.hpp"

namespace wire {
namespace {

void add_text(nlohmann::json& blocks, std::string text) {
    if (!text.empty()) blocks.push_back({{"type", "text"}, {"text", std::move(text)}});
}

struct data_url {
    std::string media_type;
    std::string data;
};

// "data:image/png;base64,AAAA"; empty if it is none.
data_url read_data_url(std::string const& url) {
    constexpr std::string_view head = "data:";
    constexpr std::string_view coded = ";base64,";
    auto const                 at = url.find(coded);
    if (!url.starts_with(head) || at == url.npos) return {};
    return {url.substr(head.size(), at - head.size()), url.substr(at + coded.size())};
}

nlohmann::json base64_source(data_url const& told) {
    return {{"type", "base64"}, {"media_type", told.media_type}, {"data", told.data}};
}

nlohmann::json image(nlohmann::json const& part) {
    auto const*    given = find_member(part, "image_url");
    auto const     url = given && given->is_string() ? given->get<std::string>()
                         : given                     ? text_member(*given, "url")
                                                     : std::string();
    auto const     inlined = read_data_url(url);
    nlohmann::json source = inlined.data.empty() ? nlohmann::json{{"type", "url"}, {"url", url}}
                                                 : base64_source(inlined);
    return {{"type", "image"}, {"source", std::move(source)}};
}

nlohmann::json document(nlohmann::json const& part) {
    auto const* file = find_member(part, "file");
    auto const  inlined = read_data_url(file ? text_member(*file, "file_data") : std::string());
    if (inlined.data.empty())
        fail(error::unsupported, "a file without its data is not available from Anthropic");
    return {{"type", "document"}, {"source", base64_source(inlined)}};
}

// Where a prompt may be cached up to: the caller says it of a part, or of a message that is one.
void carry_cache(nlohmann::json& blocks, std::size_t before, nlohmann::json const& from) {
    auto const* cache = find_member(from, "cache_control");
    if (cache && blocks.size() > before) blocks.back()["cache_control"] = *cache;
}

void add_content(nlohmann::json& blocks, nlohmann::json const& message) {
    auto const* content = find_member(message, "content");
    if (!content) return;
    auto before = blocks.size();
    if (content->is_string()) {
        add_text(blocks, content->get<std::string>());
        return carry_cache(blocks, before, message);
    }
    if (!content->is_array()) return;
    for (auto const& part : *content) {
        before = blocks.size();
        auto const type = text_member(part, "type");
        if (type == "text")
            add_text(blocks, text_member(part, "text"));
        else if (type == "refusal")
            add_text(blocks, text_member(part, "refusal"));
        else if (type == "image_url")
            blocks.push_back(image(part));
        else if (type == "file")
            blocks.push_back(document(part));
        else
            fail(error::unsupported, "a part of type " + type + " is not available from Anthropic");
        carry_cache(blocks, before, part);
    }
}

void add_calls(nlohmann::json& blocks, nlohmann::json const& message) {
    auto const* calls = find_member(message, "tool_calls");
    if (!calls || !calls->is_array()) return;
    for (auto const& call : *calls) {
        auto const* function = find_member(call, "function");
        if (!function)
            fail(error::unsupported, "a call of a custom tool is not available from Anthropic");
        blocks.push_back({{"type", "tool_use"},
                          {"id", text_member(call, "id")},
                          {"name", text_member(*function, "name")},
                          {"input", arguments_object(text_member(*function, "arguments"))}});
        carry_cache(blocks, 0, call);
    }
}

nlohmann::json assistant_blocks(nlohmann::json const& message) {
    auto blocks = nlohmann::json::array();
    if (auto const* thought = find_member(message, "thinking_blocks");
        thought && thought->is_array())
        blocks = *thought;
    add_content(blocks, message);
    add_text(blocks, text_member(message, "refusal"));
    add_calls(blocks, message);
    return blocks;
}

nlohmann::json result_block(nlohmann::json const& message) {
    nlohmann::json block{{"type", "tool_result"},
                         {"tool_use_id", text_member(message, "tool_call_id")}};
    auto const*    content = find_member(message, "content");
    if (content && content->is_array()) {
        auto parts = nlohmann::json::array();
        add_content(parts, message);
        block["content"] = std::move(parts);
    } else {
        block["content"] = text_member(message, "content");
    }
    if (auto const* cache = find_member(message, "cache_control")) block["cache_control"] = *cache;
    return block;
}

// Results stand before all else in the turn that answers the calls.
void add_result(nlohmann::json& blocks, nlohmann::json result) {
    auto at = blocks.begin();
    while (at != blocks.end() && text_member(*at, "type") == "tool_result") ++at;
    blocks.insert(at, std::move(result));
}

nlohmann::json& turn_of(nlohmann::json& messages, char const* role) {
    if (messages.empty() || messages.back()["role"] != role)
        messages.push_back({{"role", role}, {"content", nlohmann::json::array()}});
    return messages.back()["content"];
}

}  // namespace

anthropic_dialogue anthropic_messages(nlohmann::json const& messages) {
    anthropic_dialogue dialogue;
    for (auto const& message : messages) {
        auto const role = text_member(message, "role");
        if (role == "system" || role == "developer") {
            add_content(dialogue.system, message);
        } else if (role == "tool") {
            add_result(turn_of(dialogue.messages, "user"), result_block(message));
        } else {
            bool const answer = role == "assistant";
            auto       blocks = nlohmann::json::array();
            if (answer)
                blocks = assistant_blocks(message);
            else
                add_content(blocks, message);
            if (blocks.empty()) continue;
            auto& turn = turn_of(dialogue.messages, answer ? "assistant" : "user");
            turn.insert(turn.end(), blocks.begin(), blocks.end());
        }
    }
    return dialogue;
}

}  // namespace wire
