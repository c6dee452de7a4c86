#pragma once

#include <functional>
#include <memory>
#include <string>

#include "replay/matching.hpp"
#include "replay/player.hpp"
#include "runtime/task_group.hpp"
#include "runtime/world.hpp"

namespace replay {

// Serves a recording over HTTP: each recorded exchange answers one request that is like the
// recorded one. A request that is like none gets 404, and is told what differs from the nearest.
class server {
public:
    // A request came; `played` is null if nothing fits, and `why` says what the nearest lacks.
    using observer =
        std::function<void(request const&, exchange const* played, std::string const& why)>;

    server(runtime::world, recording const&, match_options, pace, observer seen = {});

    void                     start(std::unique_ptr<runtime::listener> at);
    runtime::awaitable<void> stop();

    // Serves one connection until it ends.
    runtime::awaitable<void> serve(runtime::stream&);

    matcher const& matching() const { return matcher_; }
    std::size_t    missed() const { return missed_; }

private:
    runtime::awaitable<void> accept();
    runtime::awaitable<void> own(std::unique_ptr<runtime::stream>);
    runtime::awaitable<bool> answer_one(runtime::stream&, runtime::http_reader&,
                                        request const& came);

    runtime::world                     world_;
    matcher                            matcher_;
    pace                               pace_;
    observer                           seen_;
    runtime::task_group                connections_;
    std::unique_ptr<runtime::listener> listener_;
    std::size_t                        missed_ = 0;
};

// The answer to a request that was not recorded.
answer not_recorded(std::string const& why);

}  // namespace replay
