#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace proxy {

// What the clients of a gateway cost it together, on all its loops.
class load {
public:
    // Bytes that somebody keeps for a client; given back when it goes.
    class kept {
    public:
        explicit kept(load& l) : load_(&l) {}
        kept(kept const&) = delete;
        ~kept() { set(0); }

        std::size_t size() const { return size_; }
        // Mostly nothing changes, and the sum is of all loops.
        void        set(std::size_t size) {
            if (size == size_) return;
            load_->kept_ += size - size_;
            size_ = size;
        }

    private:
        load*       load_;
        std::size_t size_ = 0;
    };

    // One request of a client; over when it goes.
    class turn {
    public:
        turn(load& l, std::string client) : load_(&l), client_(std::move(client)) {}
        turn(turn&& other) noexcept
            : load_(std::exchange(other.load_, nullptr)), client_(std::move(other.client_)) {}
        ~turn() {
            if (load_) load_->end(client_);
        }

    private:
        load*       load_;
        std::string client_;
    };

    std::size_t bytes_kept() const { return kept_; }

    // Nothing if the client has as many as it may. An empty name is nobody's, and is not counted.
    std::optional<turn> begin(std::string const& client, std::size_t most) {
        std::lock_guard const mine(mutex_);
        if (!client.empty() && requests_[client] >= most) return {};
        if (!client.empty()) ++requests_[client];
        return turn(*this, client);
    }

private:
    void end(std::string const& client) {
        std::lock_guard const mine(mutex_);
        auto const            found = requests_.find(client);
        if (found != requests_.end() && --found->second == 0) requests_.erase(found);
    }

    std::atomic<std::size_t>           kept_ = 0;
    std::mutex                         mutex_;
    std::map<std::string, std::size_t> requests_;
};

}  // namespace proxy
