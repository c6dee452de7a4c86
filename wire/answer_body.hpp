#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "wire/sse.hpp"

namespace wire {

// The body of an answer that should be an event stream and may be anything.
//
// Providers put a JSON error or a whole answer under a status of 200, and a portal puts its
// login page there. The first byte that is no white space tells: `{` or `[` begins JSON, which
// is kept until the end; everything else goes to the events' parser.
class answer_body {
public:
    answer_body(sse_parser::sink on_event, std::size_t size_max);

    // Throws error::event_too_large.
    void feed(std::string_view bytes);

    bool               is_json() const { return kind_ == kind::json; }
    std::string const& json() const { return kept_; }

    // At the end: throws error::malformed if the bytes were no event stream at all.
    void expect_events() const;

private:
    enum class kind { unknown, events, json };

    void note(std::string_view bytes);

    sse_parser  events_;
    std::size_t size_max_;
    kind        kind_ = kind::unknown;
    std::string kept_;     // JSON; before that is known, white space
    std::string opening_;  // the first bytes of something else, to name it if need be
};

}  // namespace wire
