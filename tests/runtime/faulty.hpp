#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "runtime/faults.hpp"

// What the tests of faults and of links share.
namespace play {

// "stall after 120 for 30s", as a scenario writes it.
inline std::unique_ptr<runtime::fault> fault(std::string const& text, std::uint64_t seed = 1) {
    std::istringstream   in(text);
    std::string          name, word;
    runtime::fault_words words;
    in >> name;
    while (in >> word) words.push_back(word);
    auto const* row = runtime::find_fault(name);
    if (!row) throw std::invalid_argument("no fault " + name);
    return row->make(words, runtime::entropy(seed));
}

// "5ms abc", "5ms FIN", "5ms RST", "never abc".
inline std::string to_text(runtime::parcel const& p) {
    auto text = p.due == runtime::parcel::never ? std::string("never")
                                                : runtime::to_text(p.due.time_since_epoch());
    if (p.what == runtime::parcel::kind::end) return text + " FIN";
    if (p.what == runtime::parcel::kind::reset) return text + " RST";
    return text + ' ' + p.bytes;
}

}  // namespace play
