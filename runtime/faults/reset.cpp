// Behind one byte the connection is reset (RST).

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    return cut_at_byte::read(words, parcel::kind::reset);
}

}  // namespace

fault_row reset() { return {"reset", cut_at_byte::usage, "RST behind one byte", &make}; }

}  // namespace runtime
