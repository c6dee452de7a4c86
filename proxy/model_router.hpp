#pragma once

#include <span>
#include <string_view>

#include "proxy/config.hpp"
#include "proxy/deployment_health.hpp"
#include "proxy/error.hpp"
#include "runtime/world.hpp"

namespace proxy {

// What a failure says about another try.
enum class failure_kind {
    passing,         // the deployment may do better soon: limits passed, cut, 408, 409, 429, 5xx
    deployment,      // it will not, another may: 401, 403, 404
    context_window,  // the question is too long for this model
    content_policy,  // this model's house rules forbid it
    question,        // nobody would take it: all other 4xx
};

failure_kind kind_of(request_problem const&);

// How long the one that failed wants to be left alone: its Retry-After in seconds, fractions too.
// Nothing if it does not say, or gives a date.
std::optional<runtime::duration> wished_pause(request_problem const&);

// Which deployment of a model is asked: of those that are well the lowest `order`, among these
// drawn by `weight`. One that fails too often cools down, and is asked again when that is over.
// One for all questions of a gateway.
class model_router {
public:
    model_router(runtime::world const& w, config const& c, deployment_health& h)
        : world_(w), config_(c), health_(h) {}

    // One of this name that is well and not among `tried`, `preferred` if it is such; null if there
    // is none. Draws only where there is a choice.
    model const* pick(std::string_view name, std::span<model const* const> tried,
                      model const* preferred);

    // Whether pick() would have one.
    bool has(std::string_view name, std::span<model const* const> tried) const;

    // 401, 403, 404 and 429 cool a deployment down at once, what is passing when it has happened
    // more than `allowed_fails` times in a minute; for `cooldown_time`, or as long as it wishes
    // where that is longer. One that nobody could stand in for is never cooled down.
    void failed(model const&, request_problem const&);
    void worked(model const& m) { health_.worked(m); }

    // When one of this name is well again.
    runtime::time_point well_at(std::string_view name) const;

private:
    std::vector<model const*> candidates(std::string_view              name,
                                         std::span<model const* const> tried) const;
    bool                      is_replaceable(model const&) const;
    bool                      is_well(model const&) const;

    runtime::world     world_;
    config const&      config_;
    deployment_health& health_;
};

}  // namespace proxy
