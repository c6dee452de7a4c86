// So many bytes a second and no more: what is sent faster waits for its turn.

#include <algorithm>

#include "runtime/faults.hpp"

namespace runtime {

namespace {

class bandwidth_fault final : public fault {
public:
    explicit bandwidth_fault(std::size_t bytes_per_second) : rate_(bytes_per_second) {}

    std::vector<parcel> pass(parcel sent) override {
        if (sent.due == parcel::never || sent.bytes.empty()) {
            if (sent.due != parcel::never) sent.due = std::max(free_, sent.due);
            return {sent};
        }
        // What a line takes long for arrives bit by bit, and not all at the end.
        auto const          grain = std::max<std::size_t>(1, rate_ / grains_a_second);
        auto const          begin = std::max(free_, sent.due);
        std::vector<parcel> arriving;
        for (std::size_t at = 0; at < sent.bytes.size();) {
            auto piece = sent.bytes.substr(at, grain);
            at += piece.size();
            free_ = begin + time_of(at);
            arriving.push_back({free_, std::move(piece), sent.what});
        }
        return arriving;
    }

private:
    static constexpr std::size_t grains_a_second = 20;

    duration time_of(std::size_t bytes) const {
        auto const nanoseconds = bytes * std::size_t{1'000'000'000} / rate_;
        return duration(static_cast<duration::rep>(nanoseconds));
    }

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
