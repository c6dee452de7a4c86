#include <array>

#include "scenarios/checks/stream_grammar.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "messages-grammar";

using nlohmann::json;

std::string text_of(json const& object, char const* key) {
    auto const& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

struct kind_row {
    std::string_view delta;
    std::string_view block;
};

constexpr std::array<kind_row, 8> kinds{{
    {"text_delta", "text"},
    {"citations_delta", "text"},
    {"thinking_delta", "thinking"},
    {"signature_delta", "thinking"},
    {"input_json_delta", "tool_use"},
    {"input_json_delta", "server_tool_use"},
    {"input_json_delta", "mcp_tool_use"},
    {"compaction_delta", "compaction"},
}};

// Blocks that come whole, and those above; of a block that nobody knows nothing is said.
bool is_known(std::string_view block) {
    if (block == "redacted_thinking" || block.ends_with("_tool_result")) return true;
    for (auto const& row : kinds)
        if (row.block == block) return true;
    return false;
}

bool may_say(std::string_view block, std::string_view delta) {
    if (!is_known(block)) return true;
    for (auto const& row : kinds)
        if (row.block == block && row.delta == delta) return true;
    return false;
}

// Reads one stream event by event and objects to whatever comes out of turn.
class grammar {
public:
    explicit grammar(std::vector<objection>& objections) : objections_(objections) {}

    void read(runtime::event const& frame, json const& e) {
        about_ = &frame;
        if (frame.words == "[DONE]") return wrong("[DONE] is no event of a message");
        if (!e.is_object()) return wrong("this frame is not a JSON object");
        auto const type = text_of(e, "type");
        if (type.empty()) return wrong("this event has no type");
        auto const name = text_of(frame.detail, "type");
        if (name != type) wrong("the event is called " + name + ", but its type is " + type);
        if (!ended_by_.empty())
            wrong(type +
                  (type == ended_by_ ? " comes a second time" : " comes after " + ended_by_));
        if (type == "ping") return;
        if (type == "error") {
            ended_by_ = type;
            return;
        }
        if (type == "message_start") return start();
        if (!started_) wrong("the stream begins with " + type + " instead of message_start");
        started_ = true;
        if (type == "content_block_start") return block_start(e);
        if (type == "content_block_delta") return block_delta(e);
        if (type == "content_block_stop") return block_stop(e);
        if (type == "message_delta") return message_delta(e);
        if (type == "message_stop") return stop();
    }

    // The body is over, and the client did not leave.
    void over(event_pointer over) {
        about_ = over;
        if (ended_by_.empty()) wrong("the stream ends with neither message_stop nor an error");
    }

private:
    void wrong(std::string problem) {
        objections_.push_back(object(id, about_, std::move(problem)));
    }

    std::string open_name() const { return "block " + std::to_string(blocks_ - 1); }

    void start() {
        if (started_) wrong("message_start comes a second time");
        started_ = true;
    }

    void block_start(json const& e) {
        auto const& index = member(e, "index");
        auto const  name = "block " + index.dump();
        if (open_) wrong(name + " starts while " + open_name() + " is open");
        if (stopped_) wrong(name + " starts after the stop_reason");
        if (index != blocks_)
            wrong("the index of a new block is " + index.dump() + " instead of " +
                  std::to_string(blocks_));
        // From here on its own numbers count: one mistake is told once.
        blocks_ = index.is_number_integer() ? index.get<std::int64_t>() + 1 : blocks_ + 1;
        open_ = true;
        kind_ = text_of(member(e, "content_block"), "type");
        if (kind_.empty()) wrong(name + " has no type");
        calls_ = calls_ || kind_ == "tool_use";
    }

    bool is_open(json const& index) const { return open_ && index == blocks_ - 1; }

    void block_delta(json const& e) {
        auto const& index = member(e, "index");
        if (!is_open(index))
            return wrong("a delta of block " + index.dump() + ", which is not open");
        auto const delta = text_of(member(e, "delta"), "type");
        if (!may_say(kind_, delta))
            wrong("a " + (delta.empty() ? "delta without a type" : delta) + " in a block of " +
                  kind_);
    }

    void block_stop(json const& e) {
        auto const& index = member(e, "index");
        if (!is_open(index)) return wrong("block " + index.dump() + " stops, but is not open");
        open_ = false;
    }

    void message_delta(json const& e) {
        if (open_) wrong("message_delta comes while " + open_name() + " is open");
        auto const reason = text_of(member(e, "delta"), "stop_reason");
        if (reason.empty()) return;  // counts only
        if (reason == "tool_use" && !calls_) wrong("the stop_reason is tool_use without a call");
        if (reason == "end_turn" && calls_)
            wrong("the stop_reason is end_turn, but a call is left to the client");
        if (stopped_) wrong("the stop_reason comes a second time");
        stopped_ = true;
    }

    void stop() {
        if (open_) wrong("message_stop comes while " + open_name() + " is open");
        if (!stopped_) wrong("message_stop comes without a stop_reason");
        ended_by_ = "message_stop";
    }

    std::vector<objection>& objections_;
    event_pointer           about_ = nullptr;
    std::string             ended_by_;
    std::string             kind_;  // of the open block
    std::int64_t            blocks_ = 0;
    bool                    started_ = false;
    bool                    open_ = false;
    bool                    stopped_ = false;  // a stop_reason was given
    bool                    calls_ = false;    // a call was left to the client
};

std::vector<objection> judge(evidence const& seen) {
    return judge_streams<grammar>(seen, "/messages");
}

}  // namespace

check messages_grammar() {
    return {id,
            "one message_start; blocks numbered from 0, one at a time, with deltas of their kind; "
            "one stop_reason, tool_use if a call is left to the client; then one message_stop or "
            "one error; every event by its name",
            "Anthropic API reference, streaming of Messages; BerriAI/litellm#38153", judge};
}

}  // namespace scenario::standing
