#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace runtime {

using duration = std::chrono::nanoseconds;

// The time line of one world: nanoseconds since that world began. It never jumps back and
// has nothing to do with the date.
struct timeline {
    using duration = runtime::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<timeline>;
    static constexpr bool is_steady = true;
};

using time_point = timeline::time_point;

// "120ms", "1.5s", "10100ms", "2m": how people write a length of time. Nothing if it is none.
std::optional<duration> parse_duration(std::string_view text);

// The shortest exact form: "0ms", "135ms", "29.2s" from ten seconds on, "250us", "17ns".
std::string to_text(duration);

}  // namespace runtime
