#include "wire/chunked.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "wire/error.hpp"

namespace wire {
namespace {

[[noreturn]] void bad(char const* what) { fail(error::bad_chunk, what); }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// RFC 9110 section 5.6.2.
bool is_token_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

}  // namespace

std::size_t chunk_decoder::feed(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    while (at < bytes.size() && state_ != state::done) {
        if (state_ == state::data) {
            auto const size =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
            out.append(bytes.substr(at, size));
            at += size;
            left_ -= size;
            if (left_ == 0) state_ = state::data_cr;
            continue;
        }
        char const c = bytes[at++];
        switch (state_) {
            case state::size:
                size_byte(c);
                break;
            case state::extension:
                extension_byte(c);
                break;
            case state::size_lf:
                if (c != '\n') bad("a chunk size line must end with CRLF");
                begin_chunk();
                break;
            case state::data_cr:
                if (c != '\r') bad("chunk data longer than its size");
                state_ = state::data_lf;
                break;
            case state::data_lf:
                if (c != '\n') bad("chunk data must end with CRLF");
                state_ = state::size;
                break;
            case state::trailer:
                trailer_byte(c);
                break;
            case state::trailer_lf:
                if (c != '\n') bad("a trailer line must end with CRLF");
                end_trailer_line();
                break;
            case state::data:
            case state::done:
                break;
        }
    }
    return at;
}

void chunk_decoder::count_line_byte(char c) {
    if (c != '\r' && ++line_size_ > limits_.line_max)
        fail(error::chunk_line_too_large,
             "a chunk's line of more than " + std::to_string(limits_.line_max) + " bytes");
}

void chunk_decoder::size_byte(char c) {
    count_line_byte(c);
    if (int const digit = hex_digit(c); digit >= 0) {
        if (left_ > std::numeric_limits<std::uint64_t>::max() >> 4) bad("chunk size overflows");
        left_ = left_ << 4 | static_cast<std::uint64_t>(digit);
        size_seen_ = true;
        return;
    }
    if (!size_seen_) bad("chunk without a size");
    if (c == '\r') {
        state_ = state::size_lf;
    } else if (c == ';') {
        before_ = ';';
        state_ = state::extension;
    } else {
        bad("chunk size is not hexadecimal");
    }
}

// Extensions mean nothing to us, but whoever reads their quotes in another way than we do
// sees another end of the line.
void chunk_decoder::extension_byte(char c) {
    count_line_byte(c);
    if (c == '\r') {
        if (quoted_) bad("chunk extension with an open quote");
        if (before_ == ';') bad("chunk extension without a name");
        state_ = state::size_lf;
        return;
    }
    if (is_control(c)) bad("control byte in a chunk extension");
    bool const escaped = quoted_ && before_ == '\\';
    if (c == '"' && !escaped) quoted_ = !quoted_;
    before_ = escaped ? 'x' : c;
}

void chunk_decoder::begin_chunk() {
    line_size_ = 0;
    size_seen_ = false;
    if (left_ == 0) {
        state_ = state::trailer;
    } else {
        ++chunk_count_;
        state_ = state::data;
    }
}

void chunk_decoder::trailer_byte(char c) {
    if (c != '\r' && ++trailer_size_ > limits_.trailers_max)
        fail(error::trailers_too_large,
             "trailers of more than " + std::to_string(limits_.trailers_max) + " bytes");
    if (c == '\r') {
        if (line_size_ > 0 && !named_) bad("trailer without a colon");
        state_ = state::trailer_lf;
        return;
    }
    if (is_control(c)) bad("control byte in a trailer");
    if (!named_) {
        if (c == ':' && line_size_ > 0)
            named_ = true;
        else if (!is_token_byte(c))
            bad("bad trailer name");
    }
    ++line_size_;
}

void chunk_decoder::end_trailer_line() {
    if (line_size_ == 0) {
        state_ = state::done;
        return;
    }
    if (++trailer_count_ > limits_.trailer_count_max)
        fail(error::too_many_trailers,
             "more than " + std::to_string(limits_.trailer_count_max) + " trailers");
    line_size_ = 0;
    named_ = false;
    state_ = state::trailer;
}

std::string chunk_head(std::size_t payload_size) {
    char       digits[2 * sizeof payload_size];
    auto const end = std::to_chars(digits, digits + sizeof digits, payload_size, 16).ptr;
    return std::string(digits, end) += "\r\n";
}

}  // namespace wire
