#include "wire/framing.hpp"

#include <utility>

#include "wire/error.hpp"
#include "wire/event_stream.hpp"
#include "wire/sse.hpp"

namespace wire {
namespace {

class sse_frames final : public frame_parser {
public:
    sse_frames(sink on_frame, std::size_t size_max)
        : on_frame_(std::move(on_frame)),
          size_max_(size_max),
          events_([this](sse_event const& e) { on_frame_({e.type, e.data}); }, size_max) {
        events_.on_stray([this](std::string_view line) { keep(line); });
    }

    void feed(std::string_view bytes) override { events_.feed(bytes); }

    std::string rest() const override { return stray_ + events_.rest(); }

private:
    // Gemini breaks off with a JSON object that is no event.
    void keep(std::string_view line) {
        if (stray_.size() + line.size() > size_max_)
            fail(error::event_too_large, "lines of no event beyond the limit");
        stray_.append(line) += '\n';
    }

    sink        on_frame_;
    std::size_t size_max_;
    std::string stray_;
    sse_parser  events_;
};

class ndjson_frames final : public frame_parser {
public:
    ndjson_frames(sink on_frame, std::size_t size_max)
        : on_frame_(std::move(on_frame)), size_max_(size_max) {}

    void feed(std::string_view bytes) override {
        for (;;) {
            auto const end = bytes.find('\n');
            auto const piece = bytes.substr(0, end);
            if (line_.size() + piece.size() > size_max_)
                fail(error::event_too_large,
                     "a line of more than " + std::to_string(size_max_) + " bytes");
            if (end == bytes.npos) {
                line_.append(piece);
                return;
            }
            if (line_.empty()) {
                tell(piece);
            } else {
                line_.append(piece);
                tell(line_);
                line_.clear();
            }
            bytes.remove_prefix(end + 1);
        }
    }

    std::string rest() const override { return line_; }

private:
    void tell(std::string_view line) {
        if (line.find_first_not_of(" \t\r") != line.npos) on_frame_({{}, line});
    }

    sink        on_frame_;
    std::size_t size_max_;
    std::string line_;  // what earlier feeds brought of it
};

}  // namespace

std::unique_ptr<frame_parser> make_frame_parser(framing kind, frame_parser::sink on_frame,
                                                std::size_t size_max) {
    switch (kind) {
        case framing::ndjson:
            return std::make_unique<ndjson_frames>(std::move(on_frame), size_max);
        case framing::event_stream:
            return make_event_stream_parser(std::move(on_frame), size_max);
        case framing::sse:
            break;
    }
    return std::make_unique<sse_frames>(std::move(on_frame), size_max);
}

char const* content_type(framing kind) {
    switch (kind) {
        case framing::ndjson:
            return "application/x-ndjson";
        case framing::event_stream:
            return "application/vnd.amazon.eventstream";
        case framing::sse:
            break;
    }
    return "text/event-stream; charset=utf-8";
}

}  // namespace wire
