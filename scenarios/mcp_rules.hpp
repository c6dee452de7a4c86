#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/mcp_conversation.hpp"

namespace scenario {

// How a rule stands in one conversation: it held so often, or was broken here and there. Neither:
// nothing passed that could tell.
class mcp_finding {
public:
    struct breach {
        std::string place;
        std::string fact;
    };

    void expect(bool it_holds, std::string place, std::string fact);
    void add(mcp_finding const&);

    std::size_t                held() const { return held_; }
    std::vector<breach> const& breaches() const { return breaches_; }
    bool                       tried() const { return held_ > 0 || !breaches_.empty(); }

private:
    std::size_t         held_ = 0;
    std::vector<breach> breaches_;
};

enum class mcp_level { must, should, practice };

// A rule of MCP that can be checked. The ids are those of our reference on MCP.
struct mcp_rule {
    char const* id;   // "H20"
    char const* who;  // must keep it: C client, S server, P proxy
    mcp_level   level;
    char const* rule;                                      // in a sentence
    char const* source;                                    // section of the specification
    void (*judge)(mcp_conversation const&, mcp_finding&);  // a server's side; null: not judged
    char const* unjudged;                                  // then why
};

// All of them, by subject.
std::vector<mcp_rule> const& mcp_rules();
mcp_rule const&              mcp_rule_of(std::string_view id);

// One list for each file in scenarios/mcp_rules/.
namespace rules {
std::span<mcp_rule const> json_rpc();
std::span<mcp_rule const> http();
std::span<mcp_rule const> streams();
std::span<mcp_rule const> lifecycle();
std::span<mcp_rule const> transports();
std::span<mcp_rule const> modern();
std::span<mcp_rule const> security();
}  // namespace rules

}  // namespace scenario
