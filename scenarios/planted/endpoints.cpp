// What becomes of one endpoint and not of the others: each is right by its own grammar.

#include "scenarios/planted/forms.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

constexpr char const* check = "equivalence";

// Nothing is done to chat, whose events have no type.
class typed_editor : public message_editor {
public:
    void event(sse_block const& b) final {
        if (!b.json.is_object() || !b.json.contains("type")) return say(b.raw);
        auto said = b.json;
        if (change(said)) say(wire::to_sse(said.dump(), b.type));
    }

private:
    virtual bool change(json& said) = 0;  // false: the event is lost
};

class ends_well_always final : public typed_editor {
    bool change(json& said) override {
        if (said["type"] == "message_delta") said["delta"]["stop_reason"] = "end_turn";
        return true;
    }
};

class second_delta_is_lost final : public typed_editor {
    bool change(json& said) override {
        return said["type"] != "response.output_text.delta" || ++count_ != 2;
    }
    int count_ = 0;
};

class thinks_in_secret final : public typed_editor {
    bool change(json& said) override {
        return said["type"] != "content_block_delta" || said["delta"]["type"] != "thinking_delta";
    }
};

class loses_arguments final : public typed_editor {
    bool change(json& said) override {
        bool const is_call =
            said["type"] == "response.output_item.done" && said["item"]["type"] == "function_call";
        if (is_call) said["item"]["arguments"] = "{}";
        return true;
    }
};

class other_error final : public typed_editor {
    bool change(json& said) override {
        if (said["type"] != "error" || !said.contains("error")) return true;
        said["error"]["type"] = "api_error";
        said["error"]["code"] = "internal_error";
        return true;
    }
};

class fails_in_silence final : public typed_editor {
    bool change(json& said) override {
        if (said["type"] == "error") return false;
        if (said["type"] != "response.failed") return true;
        said["type"] = "response.completed";
        said["response"]["status"] = "completed";
        return true;
    }
};

class asks_without_tools final : public message_editor {
    void whole(std::string& head, std::string& body) override {
        auto said = wire::read_json(body);
        if (!head.starts_with("POST /v1/messages") || !said.is_object()) return;
        said.erase("tools");
        body = said.dump();
    }
};

}  // namespace

std::vector<planted_fault> endpoints();

std::vector<planted_fault> endpoints() {
    std::vector<std::string> const cut{"ending/stream_cut", "ending/provider_resets"};
    return {
        {"messages-end-well-always",
         "an answer that was cut short ends well at one endpoint",
         "BerriAI/litellm#40121",
         check,
         {"ending/every_finish_reason_of_chat"},
         edits<ends_well_always>(way::to_client)},
        {"responses-lose-a-text",
         "a text is lost at one endpoint",
         "BerriAI/litellm#24445",
         check,
         {"tools/no_tools", "bytes/other_line_separators_in_text"},
         edits<second_delta_is_lost>(way::to_client)},
        {"messages-think-in-secret",
         "the model's thinking is lost at one endpoint",
         "BerriAI/litellm#22553",
         check,
         {"tools/thinking_comes_before_text"},
         edits<thinks_in_secret>(way::to_client)},
        {"responses-lose-arguments",
         "calls lose their arguments at one endpoint",
         "BerriAI/litellm#23492",
         check,
         {"tools/own_function_at_every_endpoint"},
         edits<loses_arguments>(way::to_client)},
        {"messages-tell-another-error", "one endpoint has one code for all errors",
         "litellm.md#5.4", check, cut, edits<other_error>(way::to_client)},
        {"responses-fail-in-silence", "a failed answer is completed at one endpoint",
         "BerriAI/litellm#40578", check, cut, edits<fails_in_silence>(way::to_client)},
        {"messages-have-no-tools",
         "no tools are offered at one endpoint",
         "litellm.md#10.12",
         check,
         {"seed/tool_in_the_middle", "tools/parallel_calls"},
         edits<asks_without_tools>(way::from_client)},
    };
}

}  // namespace scenario::planting
