#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "runtime/bell.hpp"

namespace proxy {

// What one stream of events towards an MCP client says, kept so that the client may break off and
// go on behind the last event that it has: an answer to a request, or all that belongs to none.
//
// Bounded: while a client reads, whoever has more to say waits for it; while none does, the oldest
// events are forgotten. A client that comes back for one of those is told that it cannot.
class mcp_replay {
public:
    struct event {
        std::uint64_t number;
        std::string   bytes;  // as it goes over the wire
    };

    // One that cannot be resumed has no ids, and keeps nothing that was sent.
    mcp_replay(std::uint64_t stream, std::size_t size_max, bool resumable = true)
        : stream_(stream), size_max_(size_max), resumable_(resumable) {}

    std::uint64_t stream() const { return stream_; }
    std::string   id_of(std::uint64_t event) const;

    // Says a message, when there is room for it.
    runtime::awaitable<void> add(std::string message);
    // An answer, at once; an empty one is none, as after a cancel. With the last of those that are
    // expected the stream is finished; one that expects none goes on.
    void                     answer(std::string message);
    void                     expect(std::size_t answers) { expected_ = answers; }
    void                     finish();  // without another word

    bool finished() const { return finished_; }
    bool drained() const { return finished_ && sent_ == last_; }
    bool attached() const { return reader_ != 0; }

    // A client reads on behind this event; one that read before reads no more. Gives the reader's
    // mark; nothing if what follows is forgotten or was never said.
    std::optional<std::uint64_t> attach(std::uint64_t behind);
    void                         detach(std::uint64_t reader);
    bool                         reads(std::uint64_t reader) const { return reader_ == reader; }

    // Where a client goes on that names no event: behind what one was sent, and what is forgotten.
    std::uint64_t fresh() const;

    // The event behind this one; null if there is none yet.
    event const* next(std::uint64_t behind) const;
    void         sent(std::uint64_t event);

    runtime::bell changed;

private:
    void keep(std::string message);

    std::uint64_t     stream_;
    std::size_t       size_max_;
    bool              resumable_;
    std::size_t       expected_ = 0;
    std::size_t       size_ = 0;
    std::deque<event> kept_;
    std::uint64_t     last_ = 0;  // 0 is the priming event
    std::uint64_t     sent_ = 0;
    std::uint64_t     reader_ = 0;
    std::uint64_t     reader_count_ = 0;
    bool              finished_ = false;
};

}  // namespace proxy
