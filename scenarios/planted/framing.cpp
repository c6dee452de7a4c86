// What becomes of the bytes: characters, lines, chunks, ends.

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

// Half a character in each of two events.
class splits_characters final : public message_editor {
public:
    void event(sse_block const& b) override {
        auto const  text = text_of(b);
        std::size_t cut = 0;
        while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xc0) != 0x80) ++cut;
        if (cut == text.size()) return say(b.raw);
        say(filled(with_text(b, "@"), text.substr(0, cut)));
        say(filled(bare_chunk(b, {{"content", "@"}}, nullptr), text.substr(cut)));
    }

private:
    static std::string filled(std::string event, std::string const& bytes) {
        return event.replace(event.find("\"@\"") + 1, 1, bytes);
    }
};

class cuts_events final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!has_text(b)) return say(b.raw);
        auto const half = b.data.size() / 2;
        say(wire::to_sse(b.data.substr(0, half)));
        say(wire::to_sse(b.data.substr(half)));
    }
};

// JSON on several lines, of which only the first is a field.
class prints_prettily final : public message_editor {
public:
    void event(sse_block const& b) override {
        say(has_text(b) ? "data: " + b.json.dump(1) + "\n\n" : b.raw);
    }
};

class comments_inside final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!has_text(b)) return say(b.raw);
        auto text = b.raw;
        say(text.insert(text.size() / 2, ": keep-alive\n\n"));
    }
};

class no_last_blank_line final : public message_editor {
public:
    void event(sse_block const& b) override { say(is_done(b) ? "data: [DONE]\n" : b.raw); }
};

class no_last_chunk final : public message_editor {
public:
    void end_of_events() override { hang_up(); }
};

class wrong_chunk_size final : public message_editor {
public:
    void event(sse_block const& b) override {
        if (!is_done(b)) return say(b.raw);
        send(wire::chunk_head(b.raw.size() + 3) + b.raw + wire::chunk_tail);
    }
};

class bytes_behind_the_end final : public message_editor {
public:
    void end_of_events() override { send(std::string(wire::last_chunk) + "0\r\n\r\n"); }
};

class wrong_type final : public message_editor {
public:
    void head(std::string& text) override {
        std::string_view const right = "text/event-stream";
        text.replace(text.find(right), right.size(), "application/json");
    }
};

}  // namespace

std::vector<planted_fault> framing();

std::vector<planted_fault> framing() {
    return {
        {"splits-characters",
         "a character is cut, one half in each of two events",
         "ollama/ollama-js#255",
         "bytes",
         {"bytes/recorded_text", "bytes/every_byte_alone"},
         edits<splits_characters>(way::to_client)},
        {"cuts-events",
         "the data of one event comes as two",
         "BerriAI/litellm#17493",
         "chat-grammar",
         {"tools/no_tools"},
         edits<cuts_events>(way::to_client)},
        {"prints-prettily",
         "JSON with line ends, of which only the first line is a field",
         "WHATWG HTML, server-sent events",
         "bytes",
         {"tools/no_tools"},
         edits<prints_prettily>(way::to_client)},
        {"comments-inside-events",
         "a keep-alive comment is sent in the middle of an event",
         "BerriAI/litellm#34819",
         "bytes",
         {"tools/no_tools"},
         edits<comments_inside>(way::to_client)},
        {"no-last-blank-line",
         "the last event is not closed by a blank line",
         "WHATWG HTML, server-sent events",
         "bytes",
         {"tools/no_tools"},
         edits<no_last_blank_line>(way::to_client)},
        {"no-last-chunk",
         "the body is not ended: the connection closes instead",
         "RFC 9112 section 7.1",
         "bytes",
         {"tools/no_tools"},
         edits<no_last_chunk>(way::to_client)},
        {"wrong-chunk-size",
         "a chunk says it is longer than it is",
         "RFC 9112 section 7.1",
         "bytes",
         {"tools/no_tools"},
         edits<wrong_chunk_size>(way::to_client)},
        {"bytes-behind-the-end",
         "the body is ended twice",
         "RFC 9112 section 7.1",
         "bytes",
         {"tools/no_tools"},
         edits<bytes_behind_the_end>(way::to_client)},
        {"wrong-content-type",
         "an event stream calls itself JSON",
         "BerriAI/litellm#29557",
         "chat-grammar",
         {"tools/no_tools"},
         edits<wrong_type>(way::to_client)},
    };
}

}  // namespace scenario::planting
