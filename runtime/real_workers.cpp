#include "runtime/real_workers.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace runtime {

void in_parallel(std::size_t count, unsigned jobs, std::function<void(std::size_t)> const& work) {
    std::atomic<std::size_t> next{0};
    std::mutex               lock;
    std::exception_ptr       thrown;
    auto const               take = [&] {
        for (auto i = next++; i < count; i = next++) {
            try {
                work(i);
            } catch (...) {
                std::lock_guard const held(lock);
                if (!thrown) thrown = std::current_exception();
                next = count;
            }
        }
    };
    auto const others = std::min<std::size_t>(std::max(1u, jobs), std::max<std::size_t>(1, count));
    {
        std::vector<std::jthread> crew;
        for (std::size_t i = 1; i < others; ++i) crew.emplace_back(take);
        take();
    }
    if (thrown) std::rethrow_exception(thrown);
}

unsigned processor_count() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace runtime
