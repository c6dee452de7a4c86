// What becomes of the words of an answer: lost, doubled, out of order, other words.

#include "scenarios/planted/forms.hpp"
#include "wire/json_guard.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

class drops_last final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (has_text(b)) return say(std::exchange(held_, b.raw));
        if (!finish_of(b).empty()) held_.clear();
        say(std::exchange(held_, {}));
        say(b.raw);
    }

private:
    std::string held_;
};

class drops_first final : public message_editor {
public:
    void event(sse_block const& b) override {
        bool const drop = has_text(b) && !std::exchange(seen_, seen_ || has_text(b));
        say(drop ? with_text(b, "") : b.raw);
    }

private:
    bool seen_ = false;
};

class swaps_two final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!has_text(b) || ++count_ > 2) return say(b.raw);
        if (count_ == 1) {
            first_ = b;
            return;
        }
        say(with_text(first_, text_of(b)));
        say(with_text(b, text_of(first_)));
    }

private:
    int       count_ = 0;
    sse_block first_;
};

class repeats_one final : public message_editor {
public:
    void event(sse_block const& b) override {
        say(b.raw);
        if (!has_text(b) || std::exchange(done_, true)) return;
        say(bare_chunk(b, {{"content", text_of(b)}}, nullptr));
    }

private:
    bool done_ = false;
};

class replaces_cut_characters final : public message_editor {
public:
    void event(sse_block const& b) override {
        auto const  text = text_of(b);
        std::size_t cut = 0;
        while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xc0) != 0x80) ++cut;
        if (cut == text.size()) return say(b.raw);
        say(with_text(b, wire::to_utf8(text.substr(0, cut))));
        say(bare_chunk(b, {{"content", wire::to_utf8(text.substr(cut))}}, nullptr));
    }
};

class trims final : public message_editor {
public:
    void event(sse_block const& b) override {
        auto const text = text_of(b);
        auto const from = text.find_first_not_of(' ');
        auto const to = text.find_last_not_of(' ');
        if (from == text.npos || to - from + 1 == text.size()) return say(b.raw);
        say(with_text(b, text.substr(from, to - from + 1)));
    }
};

class thinks_aloud final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!delta_of(b).is_object() || !delta_of(b).contains("reasoning_content"))
            return say(b.raw);
        say(with_text(b, delta_of(b)["reasoning_content"]));
    }
};

// What was said before the tool ran is lost.
class second_turn_only final : public seam {
public:
    using seam::seam;

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose == peer::provider) ++turn_count_;
        if (whose == peer::client) laid.outgoing.push_back(hop<editor>(turn_count_));
        return laid;
    }

private:
    class editor final : public message_editor {
    public:
        explicit editor(int const& turns) : turn_count_(turns) {}
        void event(sse_block const& b) override {
            say(has_text(b) && turn_count_ < 2 ? with_text(b, "") : b.raw);
        }

    private:
        int const& turn_count_;
    };

    int turn_count_ = 0;
};

// A whole answer that ends with its first sentence.
class unstreamed_is_shorter final : public message_editor {
public:
    void whole(std::string&, std::string& body) override {
        auto said = wire::read_json(body);
        if (!said.is_object() || !said.contains("choices")) return;
        auto&             content = said["choices"][0]["message"]["content"];
        std::string const text = content.is_string() ? content.get<std::string>() : "";
        if (auto const at = text.find(". "); at != text.npos) content = text.substr(0, at + 2);
        body = said.dump();
    }
};

}  // namespace

std::vector<planted_fault> texts();

std::vector<planted_fault> texts() {
    return {
        {"drops-the-last-text",
         "the last text before the finish is lost",
         "BerriAI/litellm#22692",
         "text",
         {"tools/no_tools"},
         edits<drops_last>(way::to_client)},
        {"drops-the-first-text",
         "the first text is lost",
         "graniet/llm#90",
         "text",
         {"tools/no_tools", "seed/tool_in_the_middle"},
         edits<drops_first>(way::to_client)},
        {"swaps-two-texts",
         "the second text overtakes the first",
         "rule of text",
         "text",
         {"tools/no_tools"},
         edits<swaps_two>(way::to_client)},
        {"repeats-a-text",
         "the first text comes twice",
         "BerriAI/litellm#19317",
         "text",
         {"tools/no_tools", "seed/tool_in_the_middle"},
         edits<repeats_one>(way::to_client)},
        {"replaces-cut-characters",
         "a character that is cut becomes two replacement characters",
         "BerriAI/litellm#18842",
         "text",
         {"bytes/every_byte_alone"},
         edits<replaces_cut_characters>(way::to_client)},
        {"trims-texts",
         "blanks around each text are lost",
         "rule of text",
         "text",
         {"tools/no_tools"},
         edits<trims>(way::to_client)},
        {"thinks-aloud",
         "the model's thinking becomes part of the answer's text",
         "rule of text",
         "text",
         {"tools/thinking_comes_before_text"},
         edits<thinks_aloud>(way::to_client)},
        {"second-turn-only",
         "what was said before a tool ran is lost",
         "BerriAI/litellm#19129",
         "text",
         {"seed/tool_in_the_middle", "seed/seed_request"},
         laid<second_turn_only>()},
        {"unstreamed-is-shorter",
         "an unstreamed answer ends with its first sentence",
         "maximhq/bifrost#1233",
         "equivalence",
         {"seed/tool_unstreamed", "seed/tool_in_the_middle"},
         edits<unstreamed_is_shorter>(way::to_client)},
    };
}

}  // namespace scenario::planting
