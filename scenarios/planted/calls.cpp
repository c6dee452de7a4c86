// What becomes of the tool calls that a client is given: their numbers, names and arguments.

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

// Edits each piece of a call. False: it is lost.
class call_editor : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!has_calls(b)) return say(b.raw);
        auto  said = b.json;
        auto& pieces = said["choices"][0]["delta"]["tool_calls"];
        json  kept = json::array();
        for (auto& piece : pieces)
            if (edit(piece)) kept.push_back(piece);
        if (kept.empty()) return;
        pieces = std::move(kept);
        say(as_event(said));
    }

protected:
    virtual bool edit(json& piece) = 0;
    static bool  begins(json const& piece) { return piece.contains("id"); }
};

class loses_index final : public call_editor {
    bool edit(json& piece) override { return piece.erase("index"), true; }
};

class all_are_first final : public call_editor {
    bool edit(json& piece) override { return piece["index"] = 0, true; }
};

// The pieces of all calls become those of the first one.
class merges final : public call_editor {
    bool edit(json& piece) override {
        if (begins(piece) && std::exchange(begun_, true)) return false;
        piece["index"] = 0;
        return true;
    }
    bool begun_ = false;
};

class loses_id final : public call_editor {
    bool edit(json& piece) override { return piece.erase("id"), true; }
};

class changes_id final : public call_editor {
    bool edit(json& piece) override {
        return piece["id"] = "call_" + std::to_string(++count_), true;
    }
    int count_ = 0;
};

class one_id_for_all final : public call_editor {
    bool edit(json& piece) override {
        if (begins(piece)) piece["id"] = "call_0";
        return true;
    }
};

class repeats_name final : public call_editor {
    bool edit(json& piece) override {
        auto& name = piece["function"]["name"];
        if (name.is_string())
            name_ = name;
        else
            name = name_;
        return true;
    }
    json name_;
};

class loses_piece final : public call_editor {
    bool edit(json& piece) override { return begins(piece) || ++count_ != 2; }
    int  count_ = 0;
};

class arguments_as_object final : public call_editor {
    bool edit(json& piece) override {
        auto& arguments = piece["function"]["arguments"];
        if (arguments.is_string() && arguments != "") arguments = json::object();
        return true;
    }
};

class finishes_as final : public message_editor {
public:
    explicit finishes_as(char const* reason) : reason_(reason) {}
    void event(sse_block const& b) override {
        if (finish_of(b).empty()) return say(b.raw);
        auto said = b.json;
        said["choices"][0]["finish_reason"] = reason_;
        say(as_event(said));
    }

private:
    char const* reason_;
};

}  // namespace

std::vector<planted_fault> calls();

std::vector<planted_fault> calls() {
    std::vector<std::string> const two{"tools/two_own_functions"};
    return {
        {"loses-the-index", "the pieces of a call have no index", "open-webui/open-webui#26860",
         "tool-calls", two, edits<loses_index>(way::to_client)},
        {"all-calls-are-first", "every call has index 0", "BerriAI/litellm#21331", "tool-calls",
         two, edits<all_are_first>(way::to_client)},
        {"merges-calls", "parallel calls become one", "huggingface/smolagents#1958", "tool-calls",
         two, edits<merges>(way::to_client)},
        {"loses-the-call-id", "a call has no id", "rule of tool-calls", "tool-calls", two,
         edits<loses_id>(way::to_client)},
        {"changes-the-call-id", "each piece of a call has another id", "BerriAI/litellm#35663",
         "tool-calls", two, edits<changes_id>(way::to_client)},
        {"one-id-for-all-calls", "two calls have one id", "langchain-ai/langchain#35281",
         "tool-calls", two, edits<one_id_for_all>(way::to_client)},
        {"repeats-the-call-name", "each piece names its function again",
         "OpenAI API reference, tool_calls of a delta", "tool-calls", two,
         edits<repeats_name>(way::to_client)},
        {"loses-a-piece", "a piece of the arguments is lost", "BerriAI/litellm#20711", "tool-calls",
         two, edits<loses_piece>(way::to_client)},
        {"arguments-as-object", "arguments are an object and not a text", "BerriAI/litellm#37792",
         "tool-calls", two, edits<arguments_as_object>(way::to_client)},
        {"stop-after-calls", "the finish reason is stop although calls are left to the client",
         "BerriAI/litellm#23895", "tool-calls", two, edits<finishes_as>(way::to_client, "stop")},
        {"inner-finish",
         "the finish reason of the tools' turn becomes that of the answer",
         "BerriAI/litellm#31910",
         "tool-calls",
         {"seed/tool_in_the_middle"},
         edits<finishes_as>(way::to_client, "tool_calls")},
    };
}

}  // namespace scenario::planting
