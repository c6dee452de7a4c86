#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "proxy/load.hpp"
#include "proxy/mcp_session_count.hpp"
#include "proxy/meters.hpp"
#include "proxy/response_store.hpp"

namespace proxy {

// What is one for a process, however many loops serve in it: what is counted against its limits,
// the responses that may be gone on from, and what Prometheus reads. All else belongs to one loop
// alone. Any thread may use it; it outlives the gateways.
class gateway_commons {
public:
    std::atomic<std::size_t> connections{0};  // of clients
    std::atomic<std::size_t> asked{0};        // requests that are being answered
    std::atomic<std::size_t> streams{0};      // questions among them
    mcp_session_table        mcp_sessions;    // of MCP clients

    proxy::load    load;
    response_store responses{1000, 64 << 20};

    // Nanoseconds since 1970, for spans: other programs compare them with theirs. Unset: by the
    // loop's own clock.
    std::function<std::int64_t()> unix_nanoseconds;

    // A loop's own, from its beginning to its end.
    void add(meters const&);
    void remove(meters const&);

    // The sums over all loops, as text for Prometheus.
    std::string metrics() const;

private:
    mutable std::mutex         lock_;
    std::vector<meters const*> of_loops_;
};

}  // namespace proxy
