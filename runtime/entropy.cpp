#include "runtime/entropy.hpp"

#include <sys/random.h>

#include <stdexcept>

namespace runtime {

namespace {

std::uint64_t number_of_system() {
    std::uint64_t number = 0;
    if (getrandom(&number, sizeof number, 0) != sizeof number)
        throw std::runtime_error("the system gives no random bytes");
    return number;
}

}  // namespace

entropy entropy::of_system() {
    entropy made(0);
    made.from_system_ = true;
    return made;
}

std::uint64_t entropy::next() {
    if (from_system_) return number_of_system();
    // splitmix64 (Steele, Lea, Flood 2014)
    auto z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

std::uint64_t entropy::below(std::uint64_t bound) {
    // Numbers below 2^64 mod bound would make the small results likelier: draw again.
    auto const unfair = (0 - bound) % bound;
    for (;;)
        if (auto const n = next(); n >= unfair) return n % bound;
}

std::string entropy::token(std::size_t length) {
    static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::string           t(length, ' ');
    for (auto& c : t) c = letters[below(sizeof letters - 1)];
    return t;
}

entropy entropy::fork(std::string_view name) const {
    if (from_system_) return of_system();
    std::uint64_t h = 0xcbf29ce484222325ULL ^ state_;
    for (char const c : name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    entropy forked(h);
    forked.next();
    return forked;
}

}  // namespace runtime
