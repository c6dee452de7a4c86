#include "scenarios/mcp_rules.hpp"
#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "mcp-rules";

// A rule that is broken at every event needs not be told so at every event.
constexpr std::size_t breaches_max = 3;

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (seen.mcp.empty()) return objections;
    auto const view = mcp_view_of(seen.mcp, seen.played, seen.slack.late);
    // What is not a MUST another gateway may have chosen not to do.
    bool const ours = &seen.profile == &clean_profile();
    for (auto const& rule : mcp_rules()) {
        if (!ours && rule.level != mcp_level::must) continue;
        auto const found = judge_gateway(rule, view);
        auto const count = std::min(found.breaches().size(), breaches_max);
        for (std::size_t i = 0; i < count; ++i) {
            auto const& b = found.breaches()[i];
            auto o = object(id, nullptr, std::string("rule ") + rule.id + " of MCP: " + rule.rule,
                            b.place + ": " + b.fact);
            o.about_time = rule.by.timed;
            objections.push_back(std::move(o));
        }
    }
    return objections;
}

}  // namespace

check mcp_rules() {
    return {
        id,
        "what the gateway says as a server and as a client of MCP keeps the rules of MCP that a "
        "trace can show (lockstep list mcp-rules)",
        "MCP 2024-11-05 to 2026-07-28; twentyhq/twenty#24559", judge};
}

}  // namespace scenario::standing
