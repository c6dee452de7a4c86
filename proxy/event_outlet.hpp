#pragma once

#include <string>
#include <string_view>

#include "proxy/client_answer.hpp"

namespace proxy {

// Named events on their way to a client; or, where it wants one body, nothing until that is there.
class event_outlet {
public:
    event_outlet(client_line const&, client_answer::identity, bool streamed);

    bool streamed() const { return streamed_; }
    bool started() const { return writer_.started(); }
    bool usable() const { return !broken_; }

    void                     event(std::string_view type, std::string_view json);
    void                     comment(std::string_view words);
    runtime::awaitable<void> flush();

    // The last words of a stream, or the only ones of a whole answer.
    runtime::awaitable<void> end(std::string body);
    // As end(), behind an error; the connection is spoilt.
    runtime::awaitable<void> break_off();
    // In place of a stream that has not begun.
    runtime::awaitable<void> refuse(request_problem const&, std::string body);

private:
    client_line                line_;
    client_answer::identity    who_;
    runtime::http_chunk_writer writer_;
    std::string                pending_;
    bool                       streamed_;
    bool                       begun_ = false;
    bool                       broken_ = false;
};

}  // namespace proxy
