#include "proxy/deployment_health.hpp"

namespace proxy {

bool deployment_health::is_well(model const& m, runtime::time_point now) const {
    auto const at = well_at(m);
    return !at || *at <= now;
}

std::optional<runtime::time_point> deployment_health::well_at(model const& m) const {
    std::lock_guard const held(lock_);
    auto const            found = states_.find(&m);
    if (found == states_.end()) return std::nullopt;
    return found->second.cools_until;
}

void deployment_health::worked(model const& m) {
    std::lock_guard const held(lock_);
    states_.erase(&m);
}

void deployment_health::failed(model const& m, runtime::time_point now, failure const& how) {
    std::lock_guard const held(lock_);
    auto&                 of = states_[&m];
    if (of.fails == 0 || now - of.since > how.window) {
        of.fails = 0;
        of.since = now;
    }
    ++of.fails;
    if (!how.at_once && of.fails <= how.allowed) return;
    of.fails = 0;
    of.cools_until = now + how.cooldown;
}

}  // namespace proxy
