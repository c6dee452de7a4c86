#include "bench/allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t count = 0;

}  // namespace

namespace bench {

std::uint64_t allocations() { return count; }

}  // namespace bench

void* operator new(std::size_t size) {
    ++count;
    if (void* const at = std::malloc(size > 0 ? size : 1)) return at;
    throw std::bad_alloc();
}

void* operator new[](std::size_t size) { return operator new(size); }

void operator delete(void* at) noexcept { std::free(at); }
void operator delete[](void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
void operator delete[](void* at, std::size_t) noexcept { std::free(at); }

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    ++count;
    void* at = nullptr;
    return posix_memalign(&at, alignment, size) == 0 ? at : nullptr;
}
