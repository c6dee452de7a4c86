#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/deadline.hpp"
#include "runtime/error.hpp"
#include "wire/chunked.hpp"

// HTTP/1.1 over a stream. Beast parses the heads once they are strictly right (http_head.hpp);
// bodies are framed by our own code on the buffer that is there, because a parser and a serializer
// per chunk cost several times a chunk (bench/) and Beast 1.81 throws out of Asio on a large
// trailer.
namespace runtime {

using http_fields = std::vector<std::pair<std::string, std::string>>;

// The first value of that name (names compare without case), or null.
std::string const* find_field(http_fields const&, std::string_view name);

struct http_request {
    std::string method;
    std::string target;
    http_fields fields;
    bool        keep_alive = true;
};

struct http_response {
    unsigned    status = 200;
    std::string reason;
    http_fields fields;
    bool        keep_alive = true;
};

struct http_limits {
    std::size_t        head_max = 16 * 1024;
    std::size_t        field_count_max = 100;
    std::size_t        request_line_max = 8 * 1024;
    std::size_t        interim_max = 8;  // answers (1xx) before the answer
    wire::chunk_limits chunks = {};
    std::uint64_t body_max = 32 << 20;    // of one message; streamed answers are not bounded by it
    std::size_t   read_size = 16 * 1024;  // of one read: with it, what a stream may hold in memory
};

// A time limit and what to throw when it is over.
struct http_limit {
    duration   limit;
    error_code late;
};

// Reads messages from one connection, one after the other.
class http_reader {
public:
    http_reader(stream& s, runtime::clock& clock, http_limits limits = {})
        : stream_(s), clock_(clock), limits_(limits) {}

    // Nothing if the connection ended in good order before a request began.
    awaitable<std::optional<http_request>> request(http_limit);
    // Interim answers (1xx) are passed over, up to their limit; 101 is none of them.
    awaitable<http_response>               response(http_limit);

    // What one read brought of the current message's body, dechunked; nothing at its end.
    // The view holds until the next call. Throws error::body_cut if the peer breaks off.
    awaitable<std::string_view> body(http_limit);
    awaitable<std::string>      whole_body(http_limit each_read);

    // The current message's body may have so many bytes and no more, if the reader's own limit is
    // not less. Throws body_too_large if its head has told more.
    void limit_body(std::uint64_t);

    bool        body_done() const { return body_ == framing::none; }
    // Bytes that follow the current message: a second request, or what should not be there.
    std::size_t surplus() const { return buffer_.size(); }

    // Waits until the peer hangs up and throws closed_early; what it sends meanwhile is kept
    // for the next message, up to head_max. For watching a client while it is being answered.
    awaitable<void> hang_up();

private:
    enum class framing { none, length, chunked, until_close };

    awaitable<std::size_t> more(http_limit);
    awaitable<std::string> head(http_limit, bool answer, bool* ended);
    void                   frame(http_fields const&, bool answer, unsigned status);
    std::string_view       unread() const;

    stream&                   stream_;
    runtime::clock&           clock_;
    http_limits               limits_;
    boost::beast::flat_buffer buffer_;
    framing                   body_ = framing::none;
    std::uint64_t             length_left_ = 0;
    std::uint64_t             body_size_ = 0;
    std::uint64_t             body_max_ = 0;  // of the current message
    wire::chunk_decoder       chunks_;
    std::exception_ptr        chunks_fault_;  // behind what body() has given last
    std::string               payload_;
    bool                      answer_ = false;
    bool                      ended_ = false;
    error_code                broken_;  // how the connection broke, once that was told
};

// The bytes of a head, with the blank line. CR, LF and NUL in a value would smuggle: they are
// replaced by spaces.
std::string to_text(http_request const&);
std::string to_text(http_response const&);

// One chunked body, written piece by piece; each call is one gathered write.
class http_chunk_writer {
public:
    http_chunk_writer(stream& s, runtime::clock& clock, http_limit limit)
        : stream_(s), clock_(clock), limit_(limit) {}

    // The head goes out together with the first piece, or at once by head_alone().
    void            head(http_response const&);
    awaitable<void> head_alone();
    awaitable<void> write(std::string_view payload);
    awaitable<void> finish();

    bool started() const { return started_; }

private:
    stream&         stream_;
    runtime::clock& clock_;
    http_limit      limit_;
    std::string     head_;
    bool            started_ = false;
};

char const* reason_phrase(unsigned status);

}  // namespace runtime
