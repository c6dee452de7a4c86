#include "scenarios/mcp_rules.hpp"

#include <algorithm>
#include <stdexcept>

namespace scenario {

void mcp_finding::expect(bool it_holds, std::string place, std::string fact) {
    if (it_holds)
        ++held_;
    else
        breaches_.push_back({std::move(place), std::move(fact)});
}

void mcp_finding::add(mcp_finding const& other) {
    held_ += other.held_;
    breaches_.insert(breaches_.end(), other.breaches_.begin(), other.breaches_.end());
}

char const* mcp_rule::why_not_examined() const {
    if (is_examined()) return nullptr;
    return unexamined ? unexamined : "of clients and gateways: an examination has only our own";
}

std::vector<mcp_rule> const& mcp_rules() {
    static auto const all = [] {
        std::vector<mcp_rule> rows;
        for (auto const& some :
             {rules::json_rpc(), rules::http(), rules::http_requests(), rules::http_sessions(),
              rules::streams(), rules::stream_readers(), rules::lifecycle(), rules::utilities(),
              rules::features(), rules::relaying(), rules::transports(), rules::modern(),
              rules::modern_clients(), rules::security()})
            rows.insert(rows.end(), some.begin(), some.end());
        return rows;
    }();
    return all;
}

mcp_rule const& mcp_rule_of(std::string_view id) {
    auto const& all = mcp_rules();
    auto const  found =
        std::find_if(all.begin(), all.end(), [&](mcp_rule const& r) { return r.id == id; });
    if (found == all.end()) throw std::out_of_range("no rule " + std::string(id));
    return *found;
}

namespace {

using judge = void (*)(mcp_conversation const&, mcp_finding&);

mcp_finding judge_all(judge by, std::vector<mcp_conversation> const& all) {
    mcp_finding found;
    if (by != nullptr)
        for (auto const& c : all) by(c, found);
    return found;
}

}  // namespace

// Who speaks is who is blamed: a scripted server that breaks a rule itself excuses the gateway that
// passes it on, and so does a scripted client.
mcp_finding judge_gateway(mcp_rule const& rule, mcp_view const& view) {
    mcp_finding found;
    if (!rule.is_traced()) return found;
    auto const excused = [&](judge by, std::vector<mcp_conversation> const& said) {
        return rule.by.relayed && !judge_all(by, said).breaches().empty();
    };
    if (!excused(rule.by.server, view.backs)) found.add(judge_all(rule.by.server, view.fronts));
    if (!excused(rule.by.client, view.fronts)) found.add(judge_all(rule.by.client, view.backs));
    if (rule.by.gateway != nullptr) rule.by.gateway(view, found);
    return found;
}

}  // namespace scenario
