#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace runtime {

// Random numbers. A simulation has them from its seed, by our own generator (splitmix64) and our
// own bounded draw: std distributions give other numbers with other standard libraries, and a seed
// must mean the same everywhere. Whoever has seen some of those can tell the rest; so a real world
// takes each from the operating system, for what must not be guessed (ids of sessions).
//
// fork(name) gives an independent source for one purpose: taking a fault away does not
// shift the numbers of the others.
class entropy {
public:
    explicit entropy(std::uint64_t seed) : state_(seed) {}
    static entropy of_system();

    std::uint64_t next();
    std::uint64_t below(std::uint64_t bound);  // 0 .. bound-1; bound > 0
    std::string   token(std::size_t length);   // [a-z0-9]
    entropy       fork(std::string_view name) const;

private:
    std::uint64_t state_;
    bool          from_system_ = false;
};

}  // namespace runtime
