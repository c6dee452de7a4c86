// What two streams have of each other.

#include <map>

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

// What every stream of the gateway shares, although none should.
struct shared_state {
    int                        stream_count = 0;
    std::map<int, std::string> last_texts;  // by stream
    std::string                buffer;
    json                       id;
};

// Seams whose editors all know one state.
template <class Editor>
class sharing final : public seam {
public:
    using seam::seam;

    runtime::link_faults faults(peer whose) override {
        runtime::link_faults laid;
        if (whose != peer::client) return laid;
        laid.outgoing.push_back(hop<Editor>(state_, ++state_.stream_count));
        return laid;
    }

private:
    shared_state state_;
};

class stream_editor : public message_editor {
public:
    stream_editor(shared_state& s, int number) : state_(s), number_(number) {}

protected:
    shared_state& state_;
    int           number_;
};

// What the others said last is said here as well.
class echoes_others final : public stream_editor {
public:
    using stream_editor::stream_editor;

    void event(sse_block const& b) override {
        say(b.raw);
        if (!has_text(b)) return;
        for (auto& [stream, text] : state_.last_texts)
            if (stream != number_ && !text.empty())
                say(bare_chunk(b, {{"content", std::exchange(text, {})}}, nullptr));
        state_.last_texts[number_] = text_of(b);
    }
};

// One buffer for all: whoever writes sends what was written before, whose ever it is.
class shares_a_buffer final : public stream_editor {
public:
    using stream_editor::stream_editor;

    void event(sse_block const& b) override {
        say(has_text(b) ? std::exchange(state_.buffer, b.raw) : b.raw);
    }
};

class shares_ids final : public stream_editor {
public:
    using stream_editor::stream_editor;

    void event(sse_block const& b) override {
        if (!b.json.is_object() || !b.json.contains("id")) return say(b.raw);
        auto said = b.json;
        if (state_.id.is_null()) state_.id = said["id"];
        said["id"] = state_.id;
        say(as_event(said));
    }
};

}  // namespace

std::vector<planted_fault> cross_talk();

std::vector<planted_fault> cross_talk() {
    std::vector<std::string> const both{"tools/two_clients_at_once"};
    return {
        {"echoes-another-stream", "a text of one stream is said on another as well",
         "rule of no-cross-talk", "no-cross-talk", both, laid<sharing<echoes_others>>()},
        {"shares-a-buffer", "bytes of one stream go out on another", "rule of no-cross-talk",
         "no-cross-talk", both, laid<sharing<shares_a_buffer>>()},
        {"shares-ids", "all answers have the id of the first", "rule of no-cross-talk",
         "no-cross-talk", both, laid<sharing<shares_ids>>()},
    };
}

}  // namespace scenario::planting
