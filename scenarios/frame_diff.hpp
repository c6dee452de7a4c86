#pragma once

#include <string>
#include <vector>

#include "runtime/trace.hpp"

namespace scenario {

// A frame on one connection beside what another one has in its place; for comparing what clients
// got of two gateways, or of one and none.
struct frame_pair {
    enum class kind { same, changed, only_left, only_right };
    kind        is = kind::same;
    std::string left;   // the frame as it came; empty: there is none
    std::string right;  // in a body too
    std::string what;   // of a changed one: "replace /model, add /usage"; empty: it is no JSON
};

// What clients were told, in the order in which it came: the status of each answer that is not
// 200, its frames, or its body where it has none, and where a connection was cut. Each client's
// answers for themselves, for between them the order is by chance.
std::vector<std::string> frames_of(std::vector<runtime::event> const&);

// Frames that differ in nothing but the name and the time of an answer (`id`, `created`) are the
// same. As few as possible are found to differ.
std::vector<frame_pair> compared(std::vector<std::string> const& left,
                                 std::vector<std::string> const& right);

std::size_t differences(std::vector<frame_pair> const&);

}  // namespace scenario
