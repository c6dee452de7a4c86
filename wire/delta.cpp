#include "wire/delta.hpp"

#include <array>
#include <cstddef>

namespace wire {
namespace {

constexpr answer step(answer now, said what) {
    using enum answer;
    constexpr std::array<std::array<answer, 5>, 5> table{{
        // clang-format off
        //               text      tool_begins  tool_arguments  tool_ends  finish
        /* silent   */ { speaking, calling,     broken,         broken,    finished },
        /* speaking */ { speaking, calling,     broken,         broken,    finished },
        /* calling  */ { broken,   broken,      calling,        speaking,  broken   },
        /* finished */ { broken,   broken,      broken,         broken,    broken   },
        /* broken   */ { broken,   broken,      broken,         broken,    broken   },
        // clang-format on
    }};
    return table[static_cast<std::size_t>(now)][static_cast<std::size_t>(what)];
}

static_assert(step(answer::calling, said::finish) == answer::broken,
              "a call must be whole before the answer may end");
static_assert(step(answer::silent, said::finish) == answer::finished,
              "a model may say nothing at all");

}  // namespace

answer next(answer now, said what) { return step(now, what); }

char const* to_text(finish_reason reason) {
    switch (reason) {
        case finish_reason::stop:
            return "stop";
        case finish_reason::length:
            return "length";
        case finish_reason::tool_calls:
            return "tool_calls";
        case finish_reason::content_filter:
            return "content_filter";
    }
    return "stop";
}

}  // namespace wire
