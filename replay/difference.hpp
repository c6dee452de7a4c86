#pragma once

#include <string>
#include <vector>

#include "replay/recording.hpp"

namespace replay {

// One thing that a body says: an event of a stream, a line of NDJSON, a frame of Amazon's event
// stream, a whole body otherwise.
struct frame {
    runtime::duration at{};   // when its last byte had come
    std::string       kind;   // an event's type, "comment", "line", "body"
    std::string       words;  // its data
    bool              operator==(frame const&) const = default;
};

// The frames of an answer, by its content type. What follows the last whole event is one as well,
// of the kind "cut".
std::vector<frame> frames_of(answer const&);

struct difference_options {
    bool times = false;  // a frame or an end that comes at another time is another one
};

// What lies between two recordings of the same traffic, for instance the two sides of a gateway:
// exchanges in their order, headers, bodies member by member, frames added, removed and changed,
// how much later those that are the same came. Lines for people; none if nothing differs.
std::vector<std::string> difference(recording const& a, recording const& b, difference_options);

}  // namespace replay
