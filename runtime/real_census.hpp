#pragma once

#include <cstddef>
#include <utility>

namespace runtime {

// What is open in the real world, for left_over().
struct census {
    std::size_t streams = 0;
    std::size_t listeners = 0;
    std::size_t children = 0;
};

// One of them, from its making until it is closed.
class counted {
public:
    counted() = default;
    explicit counted(std::size_t& where) : where_(&where) { ++where; }
    counted(counted&& other) noexcept : where_(std::exchange(other.where_, nullptr)) {}
    counted& operator=(counted&&) = delete;
    ~counted() { release(); }

    void release() {
        if (auto* where = std::exchange(where_, nullptr)) --*where;
    }

private:
    std::size_t* where_ = nullptr;
};

}  // namespace runtime
