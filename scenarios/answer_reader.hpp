#pragma once

#include <string>
#include <string_view>

#include "runtime/http.hpp"
#include "runtime/trace.hpp"
#include "scenarios/answer_chat.hpp"
#include "scenarios/answer_messages.hpp"
#include "scenarios/answer_responses.hpp"
#include "scenarios/answer_teller.hpp"
#include "wire/sse.hpp"

namespace scenario {

// What a client makes of an answer: bytes in, transcript lines out. It judges nothing, and it
// is no decoder of the gateway's: what it says of an answer it reads from the JSON itself, so
// that a mistake cannot agree with itself. Which grammar is spoken every event says of itself.
class answer_reader {
public:
    using note = answer_teller::note;

    explicit answer_reader(note n);
    answer_reader(answer_reader const&) = delete;
    answer_reader& operator=(answer_reader const&) = delete;

    void head(runtime::http_response const&);
    void body(std::string_view piece);
    void body_ended();  // in good order

    bool failed() const { return tell_.failed(); }  // an error was told

private:
    void frame(wire::sse_event const&);
    void whole(std::string const& text);

    answer_teller    tell_;
    chat_answer      chat_;
    responses_answer responses_;
    messages_answer  messages_;
    wire::sse_parser events_;
    std::string      whole_;
    unsigned         status_ = 0;
    bool             streamed_ = false;
    bool             is_chat_ = true;  // until an event of another grammar comes
};

}  // namespace scenario
