// From one byte on everything is late by the same time, once: a pause in the middle of a
// stream that then goes on as if nothing had been.

#include <algorithm>

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

class delay_fault final : public fault {
public:
    delay_fault(duration pause, std::size_t after) : pause_(pause), mark_(after) {}

    std::vector<parcel> pass(parcel sent) override {
        auto [before, behind] = mark_.split(std::move(sent));
        std::vector<parcel> arriving;
        if (before) arriving.push_back(std::move(*before));
        if (!behind) return arriving;
        if (behind->due != parcel::never) {
            if (until_ == time_point{}) until_ = behind->due + pause_;
            behind->due = std::max(behind->due, until_);
        }
        if (!behind->bytes.empty() || behind->what != parcel::kind::data)
            arriving.push_back(std::move(*behind));
        return arriving;
    }

private:
    duration   pause_;
    byte_mark  mark_;
    time_point until_{};
};

constexpr char usage[] = "TIME [after BYTES]";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   pause = read.first_time();
    bool const   placed = words.size() > 1;
    auto const   after = placed ? read.bytes("after") : 0;
    read.done();
    return std::make_unique<delay_fault>(pause, after);
}

}  // namespace

fault_row delay() { return {"delay", usage, "a pause at one byte, then on as before", &make}; }

}  // namespace runtime
