// Reads end in the middle of lines, of JSON strings and of characters, as they do on a busy
// network. Nothing is lost and nothing is late.

#include "runtime/faults.hpp"

namespace runtime {

namespace {

class slice_fault final : public fault {
public:
    explicit slice_fault(std::size_t size) : size_(size) {}

    std::vector<parcel> pass(parcel sent) override {
        if (sent.bytes.empty()) return {sent};  // the end of the stream has no pieces
        std::vector<parcel> pieces;
        for (std::size_t at = 0; at < sent.bytes.size(); at += size_)
            pieces.push_back({sent.due, sent.bytes.substr(at, size_), sent.what});
        return pieces;
    }

private:
    std::size_t size_;
};

constexpr char usage[] = "BYTES";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   size = read.first_number();
    read.done();
    if (size == 0) throw bad_fault(usage);
    return std::make_unique<slice_fault>(size);
}

}  // namespace

fault_row slice() { return {"slice", usage, "pieces of that many bytes, each read alone", &make}; }

}  // namespace runtime
