#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace proxy {

// How many sessions the clients of MCP have, on all loops together, and how many each of them.
class mcp_session_table {
public:
    struct counts {
        std::size_t all = 0;
        std::size_t own = 0;
    };

    std::size_t size() const {
        std::lock_guard const mine(mutex_);
        return all_;
    }

    // With the one that begins. An empty name is nobody's, and has none of its own.
    counts begin(std::string const& client) {
        std::lock_guard const mine(mutex_);
        return {++all_, client.empty() ? 0 : ++own_[client]};
    }

    void end(std::string const& client) {
        std::lock_guard const mine(mutex_);
        --all_;
        auto const found = own_.find(client);
        if (found != own_.end() && --found->second == 0) own_.erase(found);
    }

private:
    mutable std::mutex                 mutex_;
    std::size_t                        all_ = 0;
    std::map<std::string, std::size_t> own_;
};

// Where the sessions of MCP clients are counted, and how the ids of those that begin here end.
struct mcp_sessions_place {
    mcp_session_table& table;
    std::string        mark;
};

// A session that is there or being opened, as one of those that all loops have.
class mcp_session_count {
public:
    mcp_session_count(mcp_session_table& table, std::string client)
        : table_(&table), client_(std::move(client)), now_(table.begin(client_)) {}
    mcp_session_count(mcp_session_count&& other) noexcept
        : table_(std::exchange(other.table_, nullptr)),
          client_(std::move(other.client_)),
          now_(other.now_) {}
    mcp_session_count& operator=(mcp_session_count&&) = delete;
    ~mcp_session_count() {
        if (table_) table_->end(client_);
    }

    // When it began.
    mcp_session_table::counts now() const { return now_; }

private:
    mcp_session_table*        table_;
    std::string               client_;
    mcp_session_table::counts now_;
};

}  // namespace proxy
