#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/http.hpp"

namespace replay {

// How an answer ended.
enum class ending {
    complete,  // as its framing says: the last chunk, the last byte of its length, or the
               // end of the connection where there is neither
    eof,       // the connection ended before the message did
    reset,     // RST
    timeout,   // nothing more came, until the recorder gave up
    left,      // whoever had asked left first, or the recording was ended
};

char const* to_text(ending);

// One transfer chunk, or one read where the body is not chunked. Times count from the instant at
// which the request was whole. Pieces of one time came together and go out in one write.
struct piece {
    runtime::duration at{};
    std::string       bytes;
    std::uint64_t     open = 0;  // so many bytes of the chunk were still to come, after a pause
    bool              operator==(piece const&) const = default;
};

struct request {
    std::string          method;  // empty: nobody knows it, and any request will do
    std::string          target;
    runtime::http_fields fields;
    std::string          body;
    bool                 operator==(request const&) const = default;
};

struct answer {
    unsigned             status = 0;  // 0: the connection ended before a head came
    std::string          reason;
    std::string          version = "1.1";
    runtime::http_fields fields;
    runtime::duration    head_at{};
    std::vector<piece>   pieces;
    runtime::http_fields trailers;
    ending               how = ending::complete;
    runtime::duration    ended_at{};
    bool                 operator==(answer const&) const = default;
};

// A request and what came back. `at` counts from the beginning of the recording.
struct exchange {
    runtime::duration at{};
    request           asked;
    answer            answered;
    int               line = 0;  // of the file
};

// A line that passed over stdio, without its line feed, or the end of one direction.
struct spoken_line {
    enum class kind { to_program, from_program, to_end, from_end };
    kind              what = kind::to_program;
    runtime::duration at{};  // since the program was started
    std::string       text;
    bool              cut = false;  // the direction ended within this line
    int               line = 0;
};

// What passed once between two parties: exchanges over HTTP, or lines over stdio.
// scenarios/recording_text.hpp reads and writes the file; docs/recording-format.md explains it.
struct recording {
    std::string              source;  // a URL, a command, a file that was imported
    bool                     over_stdio = false;
    std::string              note;      // what cannot be known of it: "no gaps", ...
    std::vector<std::string> redacted;  // names, beyond those that are always
    std::vector<std::string> ignored;   // JSON pointers into a request's body: not compared
    std::vector<exchange>    exchanges;
    std::vector<spoken_line> lines;
    std::optional<int>       exit_status;
};

bool        is_chunked(runtime::http_fields const&);
std::string body_of(answer const&);  // all pieces, joined

}  // namespace replay
