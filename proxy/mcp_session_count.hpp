#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <utility>

namespace proxy {

// Where the sessions of MCP clients are counted, on all loops together, and how the ids of those
// that begin here end.
struct mcp_sessions_place {
    std::atomic<std::size_t>& count;
    std::string               mark;
};

// A session that is there or being opened, as one of those that all loops have.
class mcp_session_count {
public:
    explicit mcp_session_count(std::atomic<std::size_t>& all) : all_(&all) { ++all; }
    mcp_session_count(mcp_session_count&& other) noexcept
        : all_(std::exchange(other.all_, nullptr)) {}
    mcp_session_count& operator=(mcp_session_count&&) = delete;
    ~mcp_session_count() {
        if (all_) --*all_;
    }

    std::size_t all() const { return *all_; }

private:
    std::atomic<std::size_t>* all_;
};

}  // namespace proxy
