#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runtime {

// Random numbers, seeded. The real world seeds it from the system; a simulation from its
// seed. Own generator (splitmix64) and own bounded draw, because std distributions give
// other numbers with other standard libraries and a seed must mean the same everywhere.
//
// fork(name) gives an independent source for one purpose: taking a fault away does not
// shift the numbers of the others.
class entropy {
public:
    explicit entropy(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound);  // 0 .. bound-1; bound > 0
    std::string   token(std::size_t length);   // [a-z0-9]
    entropy       fork(std::string_view name) const;

private:
    std::uint64_t state_;
};

// Bytes from the operating system's own source, for what must not be guessed (session ids
// of the real world) and for the seed of a real world.
std::uint64_t system_seed();

}  // namespace runtime
