#include "proxy/gateway_commons.hpp"

#include <algorithm>

namespace proxy {

void gateway_commons::add(meters const& m) {
    std::lock_guard const held(lock_);
    of_loops_.push_back(&m);
}

void gateway_commons::remove(meters const& m) {
    std::lock_guard const held(lock_);
    std::erase(of_loops_, &m);
}

std::string gateway_commons::metrics() const {
    std::lock_guard const held(lock_);
    return meters::text(of_loops_, {asked, connections, streams, mcp_sessions.size()});
}

}  // namespace proxy
