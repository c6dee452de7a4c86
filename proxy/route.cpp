#include "proxy/route.hpp"

#include <algorithm>

namespace proxy {

namespace {

constexpr auto backoff_first = std::chrono::milliseconds(500);
constexpr auto backoff_max = std::chrono::seconds(8);

request_problem nobody_is_well(std::string const& name, runtime::duration until) {
    auto const      seconds = std::chrono::ceil<std::chrono::seconds>(until).count();
    request_problem p{429, "rate_limit_error", "no_deployment_available", {}, {}, {}};
    p.retry_after = std::to_string(std::max<std::int64_t>(seconds, 1));
    p.message =
        "all deployments of '" + name + "' are cooling down; try again in " + p.retry_after + " s";
    return p;
}

}  // namespace

route::route(model_router& router, runtime::world const& w, config const& c, std::string name,
             model const* last)
    : router_(router), world_(w), config_(c), names_{std::move(name)}, preferred_(last) {
    if (last && last->name != names_.front()) names_.insert(names_.begin(), last->name);
}

model const& route::next() {
    for (;;) {
        auto const& name = names_[at_];
        asked_ = router_.pick(name, tried_, preferred_);
        if (!asked_ && !tried_.empty()) {
            tried_.clear();
            asked_ = router_.pick(name, tried_, preferred_);
        }
        if (asked_) return *asked_;
        if (at_ == 0 && told_.message.empty())
            told_ = nobody_is_well(name, router_.well_at(name) - world_.clock.now());
        if (!step_aside(failure_kind::passing)) throw refused(told_);
    }
}

std::optional<runtime::duration> route::failed(request_problem const& why, bool is_heard) {
    router_.failed(*asked_, why);
    if (at_ == 0) told_ = why;
    if (is_heard) {
        told_ = why;
        return {};
    }
    auto const kind = kind_of(why);
    if (kind == failure_kind::passing)
        if (auto const pause = pause_before_retry(why)) return pause;
    if (step_aside(kind)) return runtime::duration::zero();
    return {};
}

std::optional<runtime::duration> route::pause_before_retry(request_problem const& why) {
    if (tries_ >= config_.routing.retries) return {};
    tried_.push_back(asked_);
    ++tries_;
    auto const least = config_.routing.retry_after;
    if (router_.has(names_[at_], tried_)) return least;
    if (auto const wish = wished_pause(why)) {
        if (*wish > config_.limits.retry_after_max) return {};
        return std::max(least, *wish);
    }
    runtime::duration backoff = backoff_first;
    for (std::size_t i = 1; i < tries_ && backoff < backoff_max; ++i) backoff *= 2;
    backoff = std::min<runtime::duration>(backoff, backoff_max);
    backoff -= backoff / 1000 * static_cast<std::int64_t>(world_.entropy.below(251));
    return std::max(least, backoff);
}

// To the next model that may stand in, if there is one. Which these are is settled by the first
// failure that needs one.
bool route::step_aside(failure_kind kind) {
    if (kind == failure_kind::question) return false;
    auto const& r = config_.routing;
    if (names_.size() == 1) {
        auto const  asked = names_.front();
        auto const& lists = kind == failure_kind::context_window   ? r.context_window_fallbacks
                            : kind == failure_kind::content_policy ? r.content_policy_fallbacks
                                                                   : r.fallbacks;
        auto const  own = lists.find(asked);
        bool const  any = kind == failure_kind::passing || kind == failure_kind::deployment;
        auto const& others = own != lists.end() ? own->second
                             : any              ? r.default_fallbacks
                                                : routing::names();
        for (auto const& other : others)
            if (other != asked && names_.size() <= r.fallbacks_max) names_.push_back(other);
    }
    if (at_ + 1 >= names_.size()) return false;
    ++at_;
    tries_ = 0;
    tried_.clear();
    return true;
}

}  // namespace proxy
