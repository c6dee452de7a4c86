// Behind one byte nothing arrives any more, for a time or for ever; the connection stays open.

#include <algorithm>

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

class stall_fault final : public fault {
public:
    stall_fault(std::size_t after, duration length) : mark_(after), length_(length) {}

    std::vector<parcel> pass(parcel sent) override {
        auto [before, behind] = mark_.split(std::move(sent));
        std::vector<parcel> arriving;
        if (before) arriving.push_back(std::move(*before));
        if (!behind) return arriving;
        bool const for_ever = length_ == duration::zero() || behind->due == parcel::never;
        if (until_ == time_point{}) until_ = for_ever ? parcel::never : behind->due + length_;
        behind->due = std::max(behind->due, until_);
        if (!behind->bytes.empty() || behind->what != parcel::kind::data)
            arriving.push_back(std::move(*behind));
        return arriving;
    }

private:
    byte_mark  mark_;
    duration   length_;
    time_point until_{};
};

constexpr char usage[] = "after BYTES [for TIME]";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   after = read.bytes("after");
    auto const   length = read.time("for", duration::zero());
    read.done();
    return std::make_unique<stall_fault>(after, length);
}

}  // namespace

fault_row stall() {
    return {"stall", usage, "silence behind one byte, the line stays open", &make};
}

}  // namespace runtime
