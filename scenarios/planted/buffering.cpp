// What an answer's text is held back by: a buffer, a page, a pair, a delay.

#include "scenarios/planted/forms.hpp"

namespace scenario::planting {

namespace {

constexpr std::size_t no_end = std::size_t(-1);

// Lets go of what has come when so many events or bytes are together, or at the end.
class holding final : public message_editor {
public:
    holding(std::size_t events, std::size_t bytes) : events_max_(events), bytes_max_(bytes) {}

    void event(sse_block const& b) override {
        held_ += b.raw;
        if (++count_ >= events_max_ || held_.size() >= bytes_max_) release();
    }
    void end_of_events() override {
        release();
        message_editor::end_of_events();
    }

private:
    void release() {
        say(std::exchange(held_, {}));
        count_ = 0;
    }

    std::size_t events_max_;
    std::size_t bytes_max_;
    std::size_t count_ = 0;
    std::string held_;
};

class late final : public message_editor {
public:
    void event(sse_block const& b) override { say_after(milliseconds(40), b.raw); }
};

}  // namespace

std::vector<planted_fault> buffering();

std::vector<planted_fault> buffering() {
    return {
        {"buffers-the-answer",
         "gathers the whole answer and sends it at its end",
         "BerriAI/litellm#29557",
         "no-buffering",
         {"tools/no_tools", "seed/tool_in_the_middle"},
         edits<holding>(way::to_client, no_end, no_end)},
        {"buffers-16-kib",
         "sends nothing before 16 KiB are together",
         "dstackai/dstack#4269",
         "no-buffering",
         {"tools/no_tools"},
         edits<holding>(way::to_client, no_end, 16 * 1024)},
        {"buffers-two-events",
         "sends events by twos",
         "BerriAI/litellm#29557 dstackai/dstack#4269",
         "no-buffering",
         {"tools/no_tools"},
         edits<holding>(way::to_client, 2, no_end)},
        {"delays-each-event",
         "waits 40 ms for more before it sends",
         "rule of time",
         "time",
         {"tools/no_tools"},
         edits<late>(way::to_client)},
    };
}

}  // namespace scenario::planting
