// Bytes are cut at random places, chosen by the seed. What --cut lays on every link: only
// events count, so no transcript may change.

#include "runtime/faults.hpp"

namespace runtime {

namespace {

class shred_fault final : public fault {
public:
    explicit shred_fault(entropy cuts) : cuts_(cuts) {}

    std::vector<parcel> pass(parcel sent) override {
        if (sent.bytes.empty()) return {sent};
        std::vector<parcel> pieces;
        for (std::size_t at = 0; at < sent.bytes.size();) {
            auto const size = 1 + cuts_.below(48);
            pieces.push_back({sent.due, sent.bytes.substr(at, size), sent.what});
            at += size;
        }
        return pieces;
    }

private:
    entropy cuts_;
};

constexpr char usage[] = "";

std::unique_ptr<fault> make(fault_words const& words, entropy cuts) {
    fault_reader read(words, usage);
    read.done();
    return std::make_unique<shred_fault>(cuts);
}

}  // namespace

fault_row shred() { return {"shred", usage, "pieces of random sizes, by the seed", &make}; }

}  // namespace runtime
