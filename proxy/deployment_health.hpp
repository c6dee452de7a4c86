#pragma once

#include <map>
#include <mutex>

#include "proxy/config.hpp"

namespace proxy {

// Which deployments are well: what one loop learns, all know. Any thread may ask; times are those
// of clocks with one origin (runtime::real_crew).
class deployment_health {
public:
    bool is_well(model const&, runtime::time_point now) const;

    // One more failure. From the one that is `at_once` enough, or one more than `allowed` within
    // `window`, it is not well until then.
    struct failure {
        bool              at_once = false;
        std::size_t       allowed = 0;
        runtime::duration window;
        runtime::duration cooldown;
    };
    void failed(model const&, runtime::time_point now, failure const&);
    void worked(model const&);

    // When it is well again; nothing if nothing is known against it.
    std::optional<runtime::time_point> well_at(model const&) const;

private:
    struct state {
        std::size_t         fails = 0;  // since `since`
        runtime::time_point since{};
        runtime::time_point cools_until{};
    };

    mutable std::mutex            lock_;
    std::map<model const*, state> states_;
};

}  // namespace proxy
