// What becomes of the grammar of a streamed answer: ids, roles, reasons and ends.

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

class two_finishes final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (!finish_of(b).empty()) say(bare_chunk(b, json::object(), finish_of(b)));
    }
};

class no_finish final : public message_editor {
    void event(sse_block const& b) override {
        if (finish_of(b).empty()) return say(b.raw);
        auto said = b.json;
        said["choices"][0]["finish_reason"] = nullptr;
        say(as_event(said));
    }
};

class early_finish final : public message_editor {
    void event(sse_block const& b) override {
        if (has_text(b) && ++text_count_ == 2) say(bare_chunk(b, json::object(), "stop"));
        if (finish_of(b).empty() || text_count_ < 2) return say(b.raw);
        auto said = b.json;
        said["choices"][0]["finish_reason"] = nullptr;
        say(as_event(said));
    }
    int text_count_ = 0;
};

class ends_as final : public message_editor {
public:
    explicit ends_as(int done_count, bool goes_on = false)
        : done_count_(done_count), goes_on_(goes_on) {}

    void event(sse_block const& b) override {
        if (!is_done(b)) {
            if (b.json.is_object()) last_ = b;
            return say(b.raw);
        }
        for (int i = 0; i < done_count_; ++i) say(b.raw);
        if (goes_on_) say(bare_chunk(last_, json::object(), nullptr));
    }

private:
    int       done_count_;
    bool      goes_on_;
    sse_block last_;
};

class no_role final : public message_editor {
    void event(sse_block const& b) override {
        if (!delta_of(b).is_object()) return say(b.raw);
        auto said = b.json;
        said["choices"][0]["delta"].erase("role");
        say(as_event(said));
    }
};

class role_again final : public message_editor {
    void event(sse_block const& b) override {
        if (!delta_of(b).is_object()) return say(b.raw);
        auto said = b.json;
        said["choices"][0]["delta"]["role"] = "assistant";
        say(as_event(said));
    }
};

class new_ids final : public message_editor {
    void event(sse_block const& b) override {
        if (!b.json.is_object()) return say(b.raw);
        auto said = b.json;
        said["id"] = "chatcmpl-" + std::to_string(++count_);
        say(as_event(said));
    }
    int count_ = 0;
};

class wrong_object final : public message_editor {
    void event(sse_block const& b) override {
        if (!b.json.is_object()) return say(b.raw);
        auto said = b.json;
        said["object"] = "chat.completion";
        say(as_event(said));
    }
};

class usage_first final : public message_editor {
    void event(sse_block const& b) override {
        if (!finish_of(b).empty()) {
            held_ = b.raw;
            return;
        }
        if (is_usage(b)) say(b.raw);
        say(std::exchange(held_, {}));
        if (!is_usage(b)) say(b.raw);
    }
    std::string held_;
};

// Shows the call that it runs itself, before the first word of the turn behind it.
class shows_inner_call final : public seam {
public:
    shows_inner_call(seam_ground g, bool finishes) : seam(std::move(g)), finishes_(finishes) {}

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose == peer::provider) ++turn_count_;
        if (whose == peer::client) laid.outgoing.push_back(hop<editor>(turn_count_, finishes_));
        return laid;
    }

private:
    class editor final : public message_editor {
    public:
        editor(int const& turns, bool finishes) : turn_count_(turns), finishes_(finishes) {}

        void event(sse_block const& b) override {
            if (turn_count_ > 1 && b.json.is_object() && !std::exchange(shown_, true)) show(b);
            say(b.raw);
        }

    private:
        void show(sse_block const& b) {
            json call;
            call["index"] = 0;
            call["id"] = "call_inner";
            call["type"] = "function";
            call["function"] = {{"name", "echo"}, {"arguments", "{}"}};
            json delta;
            delta["tool_calls"] = json::array({call});
            say(bare_chunk(b, delta, nullptr));
            if (finishes_) say(bare_chunk(b, json::object(), "tool_calls"));
        }

        int const& turn_count_;
        bool       finishes_;
        bool       shown_ = false;
    };

    bool finishes_;
    int  turn_count_ = 0;
};

}  // namespace

std::vector<planted_fault> grammar();

std::vector<planted_fault> grammar() {
    char const* const              id = "chat-grammar";
    char const* const              oracle = "rule of chat-grammar";
    std::vector<std::string> const plain{"tools/no_tools"};
    std::vector<std::string> const tool{"seed/tool_in_the_middle"};
    return {
        {"two-finish-reasons", "the finish reason comes twice", "BerriAI/litellm#31910", id, plain,
         edits<two_finishes>(way::to_client)},
        {"no-finish-reason", "no finish reason comes", "BerriAI/litellm#21577", id, plain,
         edits<no_finish>(way::to_client)},
        {"finish-too-early", "the finish reason overtakes the text", "BerriAI/litellm#22692", id,
         plain, edits<early_finish>(way::to_client)},
        {"two-dones", "[DONE] comes twice", oracle, id, plain, edits<ends_as>(way::to_client, 2)},
        {"no-done", "no [DONE] comes", "BerriAI/litellm#39748", id, plain,
         edits<ends_as>(way::to_client, 0)},
        {"chunk-after-done", "a chunk comes after [DONE]", oracle, id, plain,
         edits<ends_as>(way::to_client, 1, true)},
        {"no-role", "nobody is said to speak", "BerriAI/litellm#24354", id, plain,
         edits<no_role>(way::to_client)},
        {"role-again", "every chunk has the role", oracle, id, plain,
         edits<role_again>(way::to_client)},
        {"new-id-each-chunk", "every chunk has an id of its own", "BerriAI/litellm#37792", id,
         plain, edits<new_ids>(way::to_client)},
        {"wrong-object", "chunks call themselves whole answers", oracle, id, plain,
         edits<wrong_object>(way::to_client)},
        {"usage-before-finish",
         "the usage overtakes the finish reason",
         oracle,
         id,
         {"ending/usage_of_all_turns"},
         edits<usage_first>(way::to_client)},
        {"two-answers-in-one", "the tools' turn is shown as an answer with its own finish",
         "BerriAI/litellm#31910", id, tool, laid<shows_inner_call>(true)},
        {"shows-inner-calls", "the client is shown a call that the gateway runs itself",
         "BerriAI/litellm#31910", "tool-calls", tool, laid<shows_inner_call>(false)},
    };
}

}  // namespace scenario::planting
