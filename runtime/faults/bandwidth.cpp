// So many bytes a second and no more: what is sent faster waits for its turn.

#include <algorithm>

#include "runtime/faults.hpp"

namespace runtime {

namespace {

class bandwidth_fault final : public fault {
public:
    explicit bandwidth_fault(std::size_t bytes_per_second) : rate_(bytes_per_second) {}

    std::vector<parcel> pass(parcel sent) override {
        if (sent.due == parcel::never) return {sent};
        auto const nanoseconds = sent.bytes.size() * std::size_t{1'000'000'000} / rate_;
        free_ = std::max(free_, sent.due) + duration(static_cast<duration::rep>(nanoseconds));
        sent.due = free_;
        return {sent};
    }

private:
    std::size_t rate_;
    time_point  free_{};  // when the line has sent all that was given to it
};

constexpr char usage[] = "BYTES-PER-SECOND";

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    fault_reader read(words, usage);
    auto const   rate = read.first_number();
    read.done();
    if (rate == 0) throw bad_fault(usage);
    return std::make_unique<bandwidth_fault>(rate);
}

}  // namespace

fault_row bandwidth() { return {"bandwidth", usage, "a line of that many bytes a second", &make}; }

}  // namespace runtime
