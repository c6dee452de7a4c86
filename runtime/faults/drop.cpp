// Behind one byte everything vanishes, and nobody is told: a half-open connection.

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

class drop_fault final : public fault {
public:
    explicit drop_fault(std::size_t after) : mark_(after) {}

    std::vector<parcel> pass(parcel sent) override {
        if (mark_.passed()) return {};
        auto [before, behind] = mark_.split(std::move(sent));
        if (before) return {std::move(*before)};
        return {};
    }

private:
    byte_mark mark_;
};

constexpr char usage[] = "after BYTES";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   after = read.bytes("after");
    read.done();
    return std::make_unique<drop_fault>(after);
}

}  // namespace

fault_row drop() { return {"drop", usage, "all behind one byte vanishes, the end too", &make}; }

}  // namespace runtime
