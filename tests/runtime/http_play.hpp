#pragma once

#include "runtime/http.hpp"
#include "runtime/task_group.hpp"
#include "tests/runtime/simulated_play.hpp"

// A reader of HTTP at one end of a simulated connection, and somebody who says raw bytes at the
// other.
namespace play {

class http_talk {
public:
    explicit http_talk(runtime::http_limits limits = {})
        : ends_(world.world().network.pair()),
          reader(*ends_.first, world.world().clock, limits),
          saying_(world.world().executor) {}
    ~http_talk() { play::stop(world, saying_); }

    // One piece a millisecond, so that each is read alone.
    void say(std::vector<std::string> pieces) { saying_.spawn("say", speak(std::move(pieces))); }
    void end() { ends_.second->end(); }
    void reset() { ends_.second->reset(); }

    runtime::stream&    stream() { return *ends_.first; }
    runtime::stream&    peer() { return *ends_.second; }
    runtime::clock&     clock() { return world.world().clock; }
    runtime::http_limit soon() const {
        return {std::chrono::seconds(10), boost::asio::error::timed_out};
    }

    // The name of what this throws, or "ok".
    template <class T>
    std::string outcome(awaitable<T> work) {
        std::string heard;
        auto        story = [&](awaitable<T> w) -> awaitable<void> {
            heard = co_await outcome_of(std::move(w));
        };
        out(world, story(std::move(work)));
        return heard;
    }

    template <class T>
    T result(awaitable<T> work) {
        std::optional<T> got;
        auto story = [&](awaitable<T> w) -> awaitable<void> { got.emplace(co_await std::move(w)); };
        out(world, story(std::move(work)));
        return std::move(*got);
    }

    runtime::simulation world;

private:
    awaitable<void> speak(std::vector<std::string> pieces) {
        for (auto const& piece : pieces) {
            if (!piece.empty()) co_await ends_.second->write(piece);
            co_await clock().sleep_for(std::chrono::milliseconds(1));
        }
    }

    std::pair<std::unique_ptr<runtime::stream>, std::unique_ptr<runtime::stream>> ends_;

public:
    runtime::http_reader reader;

private:
    runtime::task_group saying_;
};

inline awaitable<std::string> ask(http_talk& talk) {
    auto const request = co_await talk.reader.request(talk.soon());
    if (!request) co_return "nothing";
    co_return co_await talk.reader.whole_body(talk.soon());
}

inline awaitable<std::string> answer(http_talk& talk) {
    co_await talk.reader.response(talk.soon());
    co_return co_await talk.reader.whole_body(talk.soon());
}

// What becomes of these bytes.
inline std::string asked(std::string const& bytes, runtime::http_limits limits = {},
                         bool ends = false) {
    http_talk talk(limits);
    talk.say({bytes});
    if (ends) talk.world.run();
    if (ends) talk.end();
    return talk.outcome(ask(talk));
}

inline std::string answered(std::string const& bytes, runtime::http_limits limits = {},
                            bool ends = false) {
    http_talk talk(limits);
    talk.say({bytes});
    if (ends) talk.world.run();
    if (ends) talk.end();
    return talk.outcome(answer(talk));
}

}  // namespace play
