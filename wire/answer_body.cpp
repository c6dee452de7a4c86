#include "wire/answer_body.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "wire/error.hpp"
#include "wire/json_guard.hpp"

namespace wire {
namespace {

constexpr std::size_t                     opening_size_max = 80;
// A byte order mark may stand before either kind.
constexpr std::string_view                blank = " \t\r\n\xEF\xBB\xBF";
constexpr std::array<std::string_view, 5> line_begins{"data", "event", "id", "retry", ":"};

}  // namespace

answer_body::answer_body(sse_parser::sink on_event, std::size_t size_max)
    : events_(std::move(on_event), size_max), size_max_(size_max) {}

void answer_body::feed(std::string_view bytes) {
    if (kind_ == kind::unknown) {
        auto const first = bytes.find_first_not_of(blank);
        if (first == bytes.npos) {
            note(bytes);
            return;
        }
        if (bytes[first] == '{' || bytes[first] == '[') {
            kind_ = kind::json;
            kept_.clear();
            bytes.remove_prefix(first);
        } else {
            kind_ = kind::events;
            opening_ = bytes.substr(first, opening_size_max);
            events_.feed(std::exchange(kept_, {}));
            events_.feed(bytes);
            return;
        }
    }
    if (kind_ == kind::json) return note(bytes);
    if (opening_.size() < opening_size_max)
        opening_.append(bytes.substr(0, opening_size_max - opening_.size()));
    events_.feed(bytes);
}

void answer_body::note(std::string_view bytes) {
    if (kept_.size() + bytes.size() > size_max_)
        fail(error::event_too_large, "a body of more than " + std::to_string(size_max_) + " bytes");
    kept_.append(bytes);
}

void answer_body::expect_events() const {
    if (kind_ != kind::events) return;
    bool const looks_like_events = std::ranges::any_of(line_begins, [&](std::string_view begin) {
        auto const common = std::min(begin.size(), opening_.size());
        return opening_.compare(0, common, begin.substr(0, common)) == 0;
    });
    if (!looks_like_events) fail(error::malformed, "neither events nor JSON: " + to_utf8(opening_));
}

}  // namespace wire
