#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/time.hpp"

namespace runtime {

// At this time, who told whom what. Written by the mocks and the test client, never by the
// gateway: the same scenario can judge any other gateway.
//
// `verb` and `words` are what a transcript prints and a pattern matches:
//     120ms  proxy -> client  text "Let me ask. "
// `detail` is for the checks and is not printed. An event of a `quiet` verb (raw frames,
// heads, connection counts) is seen by checks only.
struct event {
    time_point     at{};
    std::string    from;
    std::string    to;
    std::string    verb;
    std::string    words;
    std::uint64_t  exchange = 0;  // which request and its answer; unique in a trace
    bool           quiet = false;
    nlohmann::json detail;
    std::size_t    number = 0;  // its place in the trace

    // "120ms  proxy -> client  text \"Let me ask. \"", without padding.
    std::string to_text() const;
};

class trace {
public:
    using observer = std::function<void(event const&)>;

    // `beginning` is 0ms: events are added with the world's time and kept relative to it.
    explicit trace(time_point beginning = {}) : beginning_(beginning) {}

    // Stamps the place, keeps it, tells the observers.
    event const& add(event);

    // A number that no other exchange of this trace has.
    std::uint64_t new_exchange() { return ++exchange_count_; }

    // From now on everything is quiet: the stage is being struck, and what passes is no part
    // of the story any more.
    void hush() { hushed_ = true; }

    std::vector<event> const& events() const { return events_; }

    // The whole of it, when nobody tells anything any more; the trace is empty then.
    std::vector<event> take_events() { return std::move(events_); }

    void observe(observer o) { observers_.push_back(std::move(o)); }

private:
    time_point            beginning_;
    std::vector<event>    events_;
    std::vector<observer> observers_;
    std::uint64_t         exchange_count_ = 0;
    bool                  hushed_ = false;
};

// A string as a transcript shows it: quoted, controls and quotes escaped as in JSON, UTF-8
// left as it is.
std::string quoted(std::string_view);

}  // namespace runtime
