#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wire {

// What the framing of a body may cost beside the body.
struct chunk_limits {
    std::size_t line_max = 256;          // bytes of a chunk's size and extensions, without CRLF
    std::size_t trailers_max = 8 << 10;  // bytes behind the last chunk, without those of line ends
    std::size_t trailer_count_max = 32;
};

// HTTP/1.1 chunked framing (RFC 9112 section 7.1), strict: CRLF only, no bare LF, chunk
// extensions and trailers are bounded and dropped.
//
// Bytes in, payload out, wherever they are cut. Own code because Beast 1.81's body path
// costs a parse per chunk (bench/) and throws out of Asio on a 64 KiB trailer.
class chunk_decoder {
public:
    explicit chunk_decoder(chunk_limits limits = {}) : limits_(limits) {}

    // Appends the payload to `out` and returns how many bytes of `bytes` belong to this
    // message; what follows them, once done(), is the next message. Throws error::bad_chunk,
    // chunk_line_too_large, trailers_too_large and too_many_trailers.
    std::size_t feed(std::string_view bytes, std::string& out);

    bool done() const { return state_ == state::done; }

    // Bytes of the current chunk still to come; 0 while its size has not been read.
    std::uint64_t left() const { return state_ == state::data ? left_ : 0; }

    // Transfer chunks begun so far, without the last (empty) one.
    std::uint64_t chunk_count() const { return chunk_count_; }

private:
    enum class state {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_lf,
        done
    };

    void count_line_byte(char);
    void size_byte(char);
    void extension_byte(char);
    void begin_chunk();
    void trailer_byte(char);
    void end_trailer_line();

    chunk_limits  limits_;
    state         state_ = state::size;
    std::uint64_t left_ = 0;
    std::uint64_t chunk_count_ = 0;
    std::size_t   line_size_ = 0;  // of a size or trailer line; bounded
    std::size_t   trailer_size_ = 0;
    std::size_t   trailer_count_ = 0;
    char          before_ = 0;  // in an extension: the byte before; '\\' only if it escapes
    bool          size_seen_ = false;
    bool          quoted_ = false;  // inside the quotes of an extension's value
    bool          named_ = false;   // past the colon of a trailer line
};

// The two frames around a payload: "1a\r\n" and "\r\n". The payload itself is not copied.
std::string           chunk_head(std::size_t payload_size);
inline constexpr char chunk_tail[] = "\r\n";
inline constexpr char last_chunk[] = "0\r\n\r\n";

}  // namespace wire
