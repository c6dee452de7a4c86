// What becomes of the grammars of Responses and Messages: numbers, places, beginnings and ends.

#include <functional>

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

// What becomes of one event; `memory` is the editor's own, and null at first.
using change = std::vector<json> (*)(json event, json& memory);

// The canary beside a scenario is answered in chat's grammar, which has none.
bool has_type(sse_block const& b) { return b.json.is_object() && b.json.contains("type"); }

// Tells what a change makes of each event under its name, and numbers it anew where events have
// numbers: so that one defect is one.
class retold : public message_editor {
public:
    explicit retold(change c) : change_(c) {}

    void event(sse_block const& b) override {
        if (!has_type(b)) return say(b.raw);
        for (auto& e : change_(b.json, memory_)) tell(std::move(e));
    }

protected:
    void tell(json e) {
        if (e.contains("sequence_number")) e["sequence_number"] = number_++;
        say(wire::to_sse(e.dump(), e["type"].get<std::string>()));
    }

private:
    change change_;
    json   memory_;
    int    number_ = 0;
};

// LiteLLM's way: a type and no name.
class unnamed final : public message_editor {
    void event(sse_block const& b) override { say(has_type(b) ? wire::to_sse(b.data) : b.raw); }
};

class number_again final : public message_editor {
    void event(sse_block const& b) override {
        if (!has_type(b) || !b.json.contains("sequence_number") || ++count_ < 4) return say(b.raw);
        auto e = b.json;
        e["sequence_number"] = e["sequence_number"].get<int>() - 1;
        say(wire::to_sse(e.dump(), b.type));
    }
    int count_ = 0;
};

class says_done final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (has_type(b) && b.json["type"] == "response.completed") say("data: [DONE]\n\n");
    }
};

bool is(json const& e, char const* type) { return e["type"] == type; }

// The first time that an event of this type comes.
bool first(json const& e, char const* type, json& memory) {
    return is(e, type) && !std::exchange(memory, true).is_boolean();
}

std::vector<json> one_place(json e, json&) {
    if (e.contains("output_index")) e["output_index"] = 0;
    return {e};
}

std::vector<json> item_never_done(json e, json& memory) {
    if (first(e, "response.output_item.done", memory)) return {};
    return {e};
}

std::vector<json> text_never_done(json e, json&) {
    if (is(e, "response.output_text.done")) return {};
    if (is(e, "response.content_part.done")) return {};
    return {e};
}

std::vector<json> ends_twice(json e, json&) {
    if (is(e, "response.completed") || is(e, "message_stop")) return {e, e};
    return {e};
}

std::vector<json> never_ends(json e, json&) {
    if (is(e, "response.completed") || is(e, "message_stop")) return {};
    return {e};
}

std::vector<json> completed_after_all(json e, json&) {
    auto completed = e;
    completed["type"] = "response.completed";
    if (is(e, "response.failed")) return {e, completed};
    return {e};
}

std::vector<json> other_item_ids(json e, json& memory) {
    if (!is(e, "response.output_text.delta")) return {e};
    memory = memory.is_null() ? 1 : memory.get<int>() + 1;
    e["item_id"] = "msg_" + memory.dump();
    return {e};
}

// What LiteLLM did before its pull request 40121: each turn is a response of its own.
std::vector<json> begins_again(json e, json& memory) {
    if (is(e, "response.created")) memory = e;
    if (is(e, "response.mcp_call.completed")) return {e, memory};
    return {e};
}

std::vector<json> words_after_done(json e, json& memory) {
    if (is(e, "response.output_text.delta")) memory = e;
    if (is(e, "response.output_item.done") && memory.is_object())
        return {e, std::exchange(memory, nullptr)};
    return {e};
}

std::vector<json> whole_misses_a_word(json e, json&) {
    if (is(e, "response.output_text.done")) e["text"] = "";
    return {e};
}

std::vector<json> call_is_hidden_in_the_end(json e, json&) {
    if (!is(e, "response.completed")) return {e};
    auto& output = e["response"]["output"];
    if (!output.empty()) output.erase(output.size() - 1);
    return {e};
}

std::vector<json> starts_twice(json e, json&) {
    if (is(e, "message_start")) return {e, e};
    return {e};
}

std::vector<json> never_starts(json e, json&) {
    if (is(e, "message_start")) return {};
    return {e};
}

std::vector<json> block_never_stops(json e, json& memory) {
    if (first(e, "content_block_stop", memory)) return {};
    return {e};
}

std::vector<json> block_zero(json e, json&) {
    if (e.contains("index")) e["index"] = 0;
    return {e};
}

std::vector<json> words_for_a_closed_block(json e, json& memory) {
    if (is(e, "content_block_delta")) memory = e;
    if (is(e, "content_block_stop") && memory.is_object())
        return {e, std::exchange(memory, nullptr)};
    return {e};
}

std::vector<json> no_stop_reason(json e, json&) {
    if (is(e, "message_delta")) e["delta"]["stop_reason"] = nullptr;
    return {e};
}

std::vector<json> ends_its_turn(json e, json&) {
    if (is(e, "message_delta")) e["delta"]["stop_reason"] = "end_turn";
    return {e};
}

std::vector<json> stop_reason_twice(json e, json&) {
    if (is(e, "message_delta")) return {e, e};
    return {e};
}

std::vector<json> text_in_a_call(json e, json&) {
    if (is(e, "content_block_delta") && e["delta"]["type"] == "input_json_delta")
        e["delta"] = {{"type", "text_delta"}, {"text", ""}};
    return {e};
}

std::vector<json> stops_behind_an_error(json e, json&) {
    if (is(e, "error")) return {e, {{"type", "message_stop"}}};
    return {e};
}

planted_fault::maker tells(change c) { return edits<retold>(way::to_client, c); }

}  // namespace

std::vector<planted_fault> dialects();

std::vector<planted_fault> dialects() {
    char const* const              responses = "responses-grammar";
    char const* const              messages = "messages-grammar";
    char const* const              of_responses = "rule of responses-grammar";
    char const* const              of_messages = "rule of messages-grammar";
    char const* const              litellm = "BerriAI/litellm#40118";
    std::vector<std::string> const response{"seed/tool_in_a_response"};
    std::vector<std::string> const message{"seed/tool_in_a_message"};
    std::vector<std::string> const cut_response{"ending/response_is_cut"};
    std::vector<std::string> const cut_message{"ending/message_is_cut"};
    return {
        {"sequence-number-again", "a sequence number comes twice", litellm, responses, response,
         edits<number_again>(way::to_client)},
        {"one-output-index", "every item has the first place", litellm, responses, response,
         tells(one_place)},
        {"item-never-done", "an item is added and never done", of_responses, responses, response,
         tells(item_never_done)},
        {"text-never-done", "a text ends without its end", of_responses, responses, response,
         tells(text_never_done)},
        {"completed-twice", "a response is completed twice", litellm, responses, response,
         tells(ends_twice)},
        {"never-completed", "a response has no last event", "openai/codex#3229", responses,
         response, tells(never_ends)},
        {"completed-after-failed", "a failed response is completed all the same", of_responses,
         responses, cut_response, tells(completed_after_all)},
        {"item-id-changes", "the id of an item changes with each piece", "providers#3", responses,
         response, tells(other_item_ids)},
        {"created-again", "each turn of the model is a response of its own", litellm, responses,
         response, tells(begins_again)},
        {"words-after-done", "words come for an item that is done", of_responses, responses,
         response, tells(words_after_done)},
        {"whole-misses-words", "the whole text is not what its pieces were", of_responses,
         responses, response, tells(whole_misses_a_word)},
        {"output-misses-an-item", "the last event tells fewer items than the stream", litellm,
         responses, response, tells(call_is_hidden_in_the_end)},
        {"unnamed-response-events", "events have a type and no name", "litellm.md#2.2", responses,
         response, edits<unnamed>(way::to_client)},
        {"response-says-done", "a response ends with [DONE]", "litellm.md#2.2", responses, response,
         edits<says_done>(way::to_client)},
        {"message-starts-twice", "a message starts twice", "providers#4", messages, message,
         tells(starts_twice)},
        {"message-never-starts", "a message begins with its first block", of_messages, messages,
         message, tells(never_starts)},
        {"block-never-stops", "a block is not stopped before the next", of_messages, messages,
         message, tells(block_never_stops)},
        {"one-block-index", "every block has the first place", of_messages, messages, message,
         tells(block_zero)},
        {"words-for-a-closed-block", "words come for a block that is closed", of_messages, messages,
         message, tells(words_for_a_closed_block)},
        {"text-in-a-call", "a call's block is given text", of_messages, messages, message,
         tells(text_in_a_call)},
        {"no-stop-reason", "a message stops without a reason", of_messages, messages, message,
         tells(no_stop_reason)},
        {"ends-its-turn-with-a-call", "a call is left to the client, and the turn is over",
         "providers#14.4", messages, message, tells(ends_its_turn)},
        {"stop-reason-twice", "the reason to stop comes twice", of_messages, messages, message,
         tells(stop_reason_twice)},
        {"message-never-stops", "a message has no end", of_messages, messages, message,
         tells(never_ends)},
        {"message-stops-twice", "a message stops twice", of_messages, messages, message,
         tells(ends_twice)},
        {"stops-behind-an-error", "a broken message is stopped like a whole one", of_messages,
         messages, cut_message, tells(stops_behind_an_error)},
        {"unnamed-message-events", "events have a type and no name", "litellm.md#5.5", messages,
         message, edits<unnamed>(way::to_client)},
    };
}

}  // namespace scenario::planting
