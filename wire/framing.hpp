#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

// Where one message of a streamed answer ends and the next begins, whatever it means: a
// format says which of these holds its messages together, and reads the messages.
namespace wire {

enum class framing {
    sse,           // server-sent events
    ndjson,        // one JSON value a line
    event_stream,  // application/vnd.amazon.eventstream: lengths, headers and checksums
};

// One message; the views hold while it is handed over.
struct frame {
    std::string_view type;  // SSE: the event's; event stream: the event's or the exception's
    std::string_view data;
    bool             failed = false;  // event stream: an exception or error, the last word
};

// Bytes in, frames out, wherever the bytes are cut.
class frame_parser {
public:
    using sink = std::function<void(frame const&)>;

    virtual ~frame_parser() = default;

    // Throws error::event_too_large or malformed; the parser is spent afterwards.
    virtual void feed(std::string_view bytes) = 0;

    // What stands behind the last frame: of an event stream that was cut a part of a frame, of
    // the other two perhaps all of it but its end, or text that was no frame at all.
    virtual std::string rest() const = 0;
};

std::unique_ptr<frame_parser> make_frame_parser(framing, frame_parser::sink,
                                                std::size_t frame_size_max);

// What a streamed body of this framing calls itself in the head.
char const* content_type(framing);

}  // namespace wire
