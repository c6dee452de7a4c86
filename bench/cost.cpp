#include "bench/cost.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "bench/allocations.hpp"

namespace bench {

cost::reading cost::now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return {std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec, bench::allocations()};
}

double cost::microseconds() const { return quantile(microseconds_, 0.5); }
double cost::allocations() const { return quantile(allocations_, 0.5); }

void cost::report(benchmark::State& state, std::string const& name) const {
    state.counters[name + "_us"] = microseconds();
    state.counters[name + "_allocs"] = allocations();
}

double quantile(std::vector<double> samples, double part) {
    if (samples.empty()) return 0;
    std::sort(samples.begin(), samples.end());
    auto const rank = std::ceil(part * static_cast<double>(samples.size()));
    auto const at = std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, samples.size());
    return samples[at - 1];
}

}  // namespace bench
