// Everything arrives later, by the same time or by a time that the seed varies. Order is kept.

#include <algorithm>

#include "runtime/faults.hpp"

namespace runtime {

namespace {

class latency_fault final : public fault {
public:
    latency_fault(duration base, duration jitter, entropy e)
        : base_(base), jitter_(jitter), luck_(e) {}

    std::vector<parcel> pass(parcel sent) override {
        if (sent.due == parcel::never) return {sent};
        sent.due += base_;
        if (jitter_ > duration::zero())
            sent.due += duration(luck_.below(static_cast<std::uint64_t>(jitter_.count()) + 1));
        sent.due = last_ = std::max(sent.due, last_);
        return {sent};
    }

private:
    duration   base_;
    duration   jitter_;
    entropy    luck_;
    time_point last_{};
};

constexpr char usage[] = "TIME [jitter TIME]";

std::unique_ptr<fault> make(fault_words const& words, entropy luck) {
    fault_reader read(words, usage);
    auto const   base = read.first_time();
    auto const   jitter = read.time("jitter", duration::zero());
    read.done();
    return std::make_unique<latency_fault>(base, jitter, luck);
}

}  // namespace

fault_row latency() { return {"latency", usage, "everything arrives that much later", &make}; }

}  // namespace runtime
