#pragma once

#include <deque>
#include <string>

#include "runtime/bell.hpp"
#include "runtime/http.hpp"

namespace proxy {

// How a request of the modern era is answered over HTTP: by JSON if the answer is the first word,
// and by a stream of events otherwise. One coroutine writes, so that nothing cuts an event in two;
// others wait while too much has not been read.
class mcp_outlet {
public:
    mcp_outlet(runtime::stream&, runtime::clock&, runtime::http_limit write,
               runtime::duration keep_alive, std::size_t size_max);

    runtime::awaitable<void> add(std::string message);
    void                     finish(std::string answer);

    // Writes until the answer is out.
    runtime::awaitable<void> run(bool keep_alive);

private:
    runtime::awaitable<void> begin(runtime::http_chunk_writer&);

    runtime::stream&        stream_;
    runtime::clock&         clock_;
    runtime::http_limit     limit_;
    runtime::duration       interval_;
    std::size_t             size_max_;
    std::size_t             size_ = 0;
    std::deque<std::string> said_;
    std::string             answer_;
    bool                    finished_ = false;
    runtime::bell           changed_;
};

}  // namespace proxy
