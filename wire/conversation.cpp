#include "wire/conversation.hpp"

#include "wire/json_members.hpp"

namespace wire {

void conversation::add_answer(std::string const& text, std::vector<tool_call> const& calls,
                              nlohmann::json const& thinking_blocks) {
    nlohmann::json answer{{"role", "assistant"}};
    if (text.empty() && !calls.empty())
        answer["content"] = nullptr;
    else
        answer["content"] = text;
    for (auto const& call : calls)
        answer["tool_calls"].push_back(
            {{"id", call.id},
             {"type", "function"},
             {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
    if (thinking_blocks.is_array() && !thinking_blocks.empty())
        answer["thinking_blocks"] = thinking_blocks;
    messages.push_back(std::move(answer));
}

void conversation::add_result(tool_call const& call, std::string const& result) {
    messages.push_back({{"role", "tool"}, {"tool_call_id", call.id}, {"content", result}});
}

void add_thinking(nlohmann::json& blocks, thinking const& piece) {
    if (!blocks.is_array()) blocks = nlohmann::json::array();
    if (piece.redacted) {
        blocks.push_back({{"type", "redacted_thinking"}, {"data", piece.signature}});
        return;
    }
    bool const open = !blocks.empty() && text_member(blocks.back(), "type") == "thinking" &&
                      text_member(blocks.back(), "signature").empty();
    if (!open) blocks.push_back({{"type", "thinking"}, {"thinking", ""}, {"signature", ""}});
    auto& block = blocks.back();
    block["thinking"].get_ref<std::string&>() += piece.piece;
    block["signature"].get_ref<std::string&>() += piece.signature;
}

}  // namespace wire
