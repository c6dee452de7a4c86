#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

// What one unit of some work costs. Two costs that are to be compared are measured in turns, so
// that whatever else the machine is doing disturbs both alike; the median is what is told.
class cost {
public:
    // Does the work, which consists of so many units.
    template <class Work>
    void measure(double units, Work&& work) {
        auto const before = now();
        work();
        auto const after = now();
        microseconds_.push_back(static_cast<double>(after.nanoseconds - before.nanoseconds) /
                                (1000 * units));
        allocations_.push_back(static_cast<double>(after.allocations - before.allocations) / units);
    }

    double microseconds() const;  // of this thread's processor time
    double allocations() const;

    // As the counters NAME_us and NAME_allocs.
    void report(benchmark::State&, std::string const& name) const;

private:
    struct reading {
        std::int64_t  nanoseconds;
        std::uint64_t allocations;
    };
    static reading now();

    std::vector<double> microseconds_;
    std::vector<double> allocations_;
};

// The value that `part` (0 to 1) of the samples do not exceed; 0 if there are none.
double quantile(std::vector<double> samples, double part);

}  // namespace bench
