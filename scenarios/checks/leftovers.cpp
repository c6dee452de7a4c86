#include "scenarios/exchange.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "leftovers";

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    for (auto const& what : seen.left_over)
        objections.push_back(object(id, nullptr, "left over: " + what));
    for (auto const& what : seen.loop_trouble)
        objections.push_back(object(id, nullptr, "trouble on the loop: " + what));
    return objections;
}

}  // namespace

check leftovers() {
    return {id, "after the end connections, timers and sessions are back where they were",
            "litellm.md section 10, oracle 10", judge};
}

}  // namespace scenario::standing
