#include "scenarios/answer_messages.hpp"

#include <algorithm>
#include <array>

#include "runtime/trace.hpp"

namespace scenario {

namespace {

int index_of(nlohmann::json const& json) {
    auto const index = value_at(json, "index");
    return index.is_number_integer() ? index.get<int>() : -1;
}

}  // namespace

bool messages_answer::is_event(nlohmann::json const& json) {
    static constexpr std::array<char const*, 7> types{
        "message_start",       "message_delta",      "message_stop", "content_block_start",
        "content_block_delta", "content_block_stop", "ping"};
    auto const type = text_at(json, "type");
    return std::find(types.begin(), types.end(), type) != types.end();
}

bool messages_answer::is_whole(nlohmann::json const& json) {
    return text_at(json, "type") == "message";
}

void messages_answer::event(nlohmann::json const& json) {
    auto const type = text_at(json, "type");
    if (type == "ping") return tell_.say("comment", runtime::quoted(type));
    if (type == "message_start") return count(value_at(value_at(json, "message"), "usage"));
    if (type == "content_block_start") return begin(json);
    if (type == "content_block_delta") return delta(json);
    if (type == "content_block_stop") return end(json);
    if (type == "message_delta") {
        count(value_at(json, "usage"));
        auto const reason = text_at(value_at(json, "delta"), "stop_reason");
        if (!reason.empty()) stop_reason_ = reason;
    }
    if (type != "message_stop") return;
    if (usage_.is_object()) tell_.say("usage", usage_.dump());
    tell_.say("end", stop_reason_);
}

void messages_answer::count(nlohmann::json const& usage) {
    if (!usage.is_object()) return;
    if (usage_.is_object())
        usage_.update(usage);
    else
        usage_ = usage;
}

void messages_answer::begin(nlohmann::json const& json) {
    auto const started = value_at(json, "content_block");
    auto&      b = blocks_[index_of(json)];
    b = {text_at(started, "type"), text_at(started, "name"), {}};
    tell_.piece("text", text_at(started, "text"));
    tell_.piece("thinking", text_at(started, "thinking"));
    auto const input = value_at(started, "input");
    if (input.is_object() && !input.empty()) b.input = input.dump();
}

void messages_answer::delta(nlohmann::json const& json) {
    auto const said = value_at(json, "delta");
    tell_.piece("text", text_at(said, "text"));
    tell_.piece("thinking", text_at(said, "thinking"));
    blocks_[index_of(json)].input += text_at(said, "partial_json");
}

void messages_answer::end(nlohmann::json const& json) {
    auto const known = blocks_.find(index_of(json));
    if (known == blocks_.end()) return;
    block_over(known->second);
    blocks_.erase(known);
}

// A call that is left to the client is a `tool`; what the server ran by itself is its own.
void messages_answer::block_over(block const& b) {
    if (b.type == "tool_use") return tell_.tool(b.name, b.input.empty() ? "{}" : b.input);
    if (b.type == "text" || b.type == "thinking" || b.type == "redacted_thinking") return;
    tell_.say("metadata", b.name.empty() ? b.type : b.type + ' ' + b.name);
}

void messages_answer::whole(nlohmann::json const& json) {
    auto const content = value_at(json, "content");
    if (content.is_array())
        for (auto const& one : content) {
            tell_.piece("text", text_at(one, "text"));
            tell_.piece("thinking", text_at(one, "thinking"));
            auto const input = value_at(one, "input");
            block_over({text_at(one, "type"), text_at(one, "name"),
                        input.is_null() ? std::string() : input.dump()});
        }
    if (auto const usage = value_at(json, "usage"); usage.is_object())
        tell_.say("usage", usage.dump());
    tell_.say("end", text_at(json, "stop_reason"));
}

}  // namespace scenario
