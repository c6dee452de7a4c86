#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace wire {

// One server-sent event, as the WHATWG rules deliver it.
struct sse_event {
    std::string type = "message";
    std::string data;
    std::string id;  // sticky: the last id this stream has named
    bool        operator==(sse_event const&) const = default;
};

// Bytes in, events out.
//
// Where one feed() ends and the next begins means nothing: a provider may cut a line, a
// CRLF or a UTF-8 character in two, and the events stay the same.
// tests/wire/sse_test.cpp cuts every sample at every byte to prove it.
class sse_parser {
public:
    using sink = std::function<void(sse_event const&)>;
    using comment_sink = std::function<void(std::string_view)>;

    // `event_size_max` bounds, in bytes, one line and the data of one event.
    explicit sse_parser(sink on_event, std::size_t event_size_max = 4 << 20);

    // Also told of comment lines (without the colon). Nobody needs to listen.
    void on_comment(comment_sink);

    // Also told of lines that no field begins, which the rules pass over.
    void on_stray(comment_sink);

    // Throws error::event_too_large; the parser is spent afterwards.
    void feed(std::string_view bytes);

    // False while an event is half said. A stream that ends here was cut.
    bool at_boundary() const;

    // What has come behind the last event: the data of the one that is not whole, or else the
    // line that is not.
    std::string rest() const;

    // The last valid `retry:` value in milliseconds, or -1.
    long retry() const { return retry_; }

    // The last id named, even by an event without data (MCP's priming event).
    std::string const& last_id() const { return event_.id; }

private:
    std::string_view after_mark(std::string_view);
    void             line(std::string_view);
    bool             field(std::string_view name, std::string_view value);  // false: unknown
    void             dispatch();

    sink         on_event_;
    comment_sink on_comment_;
    comment_sink on_stray_;
    std::size_t  event_size_max_;
    std::string  line_;  // of a line, what earlier feeds brought
    sse_event    event_;
    std::string  next_id_;  // becomes the stream's id when its event is whole
    long         retry_ = -1;
    int          bom_seen_ = 0;  // bytes of a leading byte order mark swallowed so far; -1: past it
    bool         has_data_ = false;  // without data nothing is dispatched
    bool         pending_ = false;   // some field of the event has been set
    bool         after_cr_ = false;  // swallow one LF: CRLF is a single end of line
};

// One event as bytes: `event:` only if there is a type, one `data:` line per line of data.
std::string to_sse(std::string_view data, std::string_view type = {}, std::string_view id = {});

// `: words` and a blank line: keeps a connection warm, and every client skips it.
std::string to_sse_comment(std::string_view words);

}  // namespace wire
