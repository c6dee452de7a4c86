#include <algorithm>

#include "scenarios/checks.hpp"
#include "scenarios/mcp_rules.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "mcp-rules";

// Of what a trace knows, and of what a gateway answers for itself: a result that is wrong in
// itself, or progress that does not increase, is what its server has said.
constexpr char const* rules[] = {"J01", "J02", "J03", "J04", "J05", "J06", "L11", "L13"};

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    for (auto const& c : conversations_in(seen.events))
        for (auto const* rule : rules) {
            mcp_finding found;
            mcp_rule_of(rule).judge(c, found);
            for (auto const& b : found.breaches()) {
                auto const e = std::find_if(
                    seen.events.begin(), seen.events.end(),
                    [&](runtime::event const& x) { return std::to_string(x.number) == b.place; });
                objections.push_back(object(id, e == seen.events.end() ? nullptr : &*e,
                                            std::string("rule ") + rule + " of MCP", b.fact));
            }
        }
    return objections;
}

}  // namespace

check mcp_rules() {
    return {id,
            "what a client of MCP hears are messages of JSON-RPC, each answer to what was asked, "
            "each progress of a token that was given (J01 to J06, L11, L13 of lockstep list "
            "mcp-rules)",
            "MCP 2025-11-25, basic; twentyhq/twenty#24559", judge};
}

}  // namespace scenario::standing
