// Behind one byte the connection is reset (RST).

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

class reset_fault final : public fault {
public:
    explicit reset_fault(std::size_t after) : mark_(after) {}

    std::vector<parcel> pass(parcel sent) override {
        if (mark_.passed()) return {};
        auto [before, behind] = mark_.split(std::move(sent));
        std::vector<parcel> arriving;
        if (before) arriving.push_back(std::move(*before));
        if (behind) arriving.push_back({behind->due, {}, parcel::kind::reset});
        return arriving;
    }

private:
    byte_mark mark_;
};

constexpr char usage[] = "after BYTES";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   after = read.bytes("after");
    read.done();
    return std::make_unique<reset_fault>(after);
}

}  // namespace

fault_row reset() { return {"reset", usage, "RST behind one byte", &make}; }

}  // namespace runtime
