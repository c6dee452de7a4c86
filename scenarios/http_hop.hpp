#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/faults.hpp"
#include "wire/chunked.hpp"

namespace scenario {

// One block of an event stream: its bytes with the blank line, and what they mean.
struct sse_block {
    std::string    raw;
    bool           is_event = false;  // false: a comment, or nothing
    std::string    type;              // empty: none was named
    std::string    data;
    nlohmann::json json;  // of the data; null if it is none
};

// What is done to HTTP messages on their way over one connection, in one direction. By itself
// nothing: whatever a derived class leaves alone passes as it came, when it came.
class message_editor {
public:
    virtual ~message_editor() = default;

    // The head of an event stream, before its first event.
    virtual void head(std::string&) {}
    virtual void event(sse_block const& b) { say(b.raw); }
    virtual void end_of_events() { send(wire::last_chunk); }

    // A message without events. Its Content-Length is mended afterwards.
    virtual void whole(std::string& /*head*/, std::string& /*body*/) {}

    // The end of the connection, or its reset.
    virtual void parting(runtime::parcel p) { pass(std::move(p)); }

protected:
    void say(std::string payload);  // as a chunk of an event stream
    void say_after(runtime::duration, std::string payload);
    void send(std::string bytes);  // as they are
    void pass(runtime::parcel);
    void hang_up();  // the connection ends here, whatever the message says

    runtime::time_point now() const { return now_; }

private:
    friend class http_hop;
    std::vector<runtime::parcel> out_;
    runtime::time_point          now_{};
};

// Takes HTTP apart into heads, events and bodies, gives them to an editor, and frames anew what
// comes out: a distorting hop, as a fault of a link. An event keeps its bytes and its instant,
// however its way in was cut; tests/scenarios/http_hop_test.cpp cuts everywhere to prove it. Only
// of half an event that is larger than any real one the editor hears nothing: it passes as it is.
class http_hop final : public runtime::fault {
public:
    explicit http_hop(std::unique_ptr<message_editor> e) : editor_(std::move(e)) {}

    std::vector<runtime::parcel> pass(runtime::parcel sent) override;

private:
    enum class state { head, whole, events, unknown };

    bool step();
    bool read_head();
    bool read_whole();
    bool read_events();
    void tell_blocks();
    void tell_rest();
    void give_up();  // not HTTP as we know it: passes untouched from here on
    void flush();

    std::unique_ptr<message_editor> editor_;
    state                           state_ = state::head;
    std::string                     buffer_;
    std::string                     head_;
    std::size_t                     length_ = 0;
    wire::chunk_decoder             chunks_;
    std::string                     payload_;   // dechunked, of the block that is not whole yet
    std::size_t                     told_ = 0;  // of the payload, because it is so large
};

}  // namespace scenario
