// Behind one byte the stream ends (FIN), in good order for TCP and in the middle of whatever
// was being said; the other direction goes on.

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    return cut_at_byte::read(words, parcel::kind::end);
}

}  // namespace

fault_row half_close() { return {"half-close", cut_at_byte::usage, "FIN behind one byte", &make}; }

}  // namespace runtime
