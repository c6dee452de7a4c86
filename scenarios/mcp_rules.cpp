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

std::vector<mcp_rule> const& mcp_rules() {
    static auto const all = [] {
        std::vector<mcp_rule> rows;
        for (auto const& some :
             {rules::json_rpc(), rules::http(), rules::streams(), rules::lifecycle(),
              rules::transports(), rules::modern(), rules::security()})
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

}  // namespace scenario
