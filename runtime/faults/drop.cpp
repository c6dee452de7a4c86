// Behind one byte everything vanishes, and nobody is told: a half-open connection.

#include "runtime/faults/at_byte.hpp"

namespace runtime {

namespace {

std::unique_ptr<fault> make(fault_words const& words, entropy) {
    return cut_at_byte::read(words, std::nullopt);
}

}  // namespace

fault_row drop() {
    return {"drop", cut_at_byte::usage, "all behind one byte vanishes, the end too", &make};
}

}  // namespace runtime
