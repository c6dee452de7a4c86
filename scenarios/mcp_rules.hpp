#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/mcp_view.hpp"

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

// Who judges a rule: by what a server says in a conversation, by what its client says, or by what a
// gateway makes of the one side on the other. Null: nobody. An examination has servers only; of a
// trace all are asked, for our gateway is all three.
struct mcp_judges {
    void (*server)(mcp_conversation const&, mcp_finding&) = nullptr;
    void (*client)(mcp_conversation const&, mcp_finding&) = nullptr;
    void (*gateway)(mcp_view const&, mcp_finding&) = nullptr;
    // What breaks it may be what the other side has said: then a gateway only passes it on.
    bool relayed = false;
    // It is about instants: a machine that stood still may have broken it.
    bool timed = false;
};

// A rule of MCP that can be checked. The ids are those of our reference on MCP.
struct mcp_rule {
    char const* id;   // "H20"
    char const* who;  // must keep it: C client, S server, P proxy
    mcp_level   level;
    char const* rule;    // in a sentence
    char const* source;  // section of the specification
    mcp_judges  by;
    char const* unexamined = nullptr;  // why an examination does not judge it; null: it does, or it
                                       // is a rule of clients and gateways
    char const* untraced = nullptr;    // why traces are not judged by it; null: they are

    bool        is_examined() const { return by.server != nullptr && unexamined == nullptr; }
    bool        is_traced() const { return untraced == nullptr; }
    char const* why_not_examined() const;  // null: it is
};

// All of them, by subject.
std::vector<mcp_rule> const& mcp_rules();
mcp_rule const&              mcp_rule_of(std::string_view id);

// What in a trace breaks a rule and is our gateway's doing.
mcp_finding judge_gateway(mcp_rule const&, mcp_view const&);

// One list for each file in scenarios/mcp_rules/.
namespace rules {
std::span<mcp_rule const> json_rpc();
std::span<mcp_rule const> http();
std::span<mcp_rule const> http_requests();
std::span<mcp_rule const> http_sessions();
std::span<mcp_rule const> streams();
std::span<mcp_rule const> stream_readers();
std::span<mcp_rule const> lifecycle();
std::span<mcp_rule const> utilities();
std::span<mcp_rule const> features();
std::span<mcp_rule const> relaying();
std::span<mcp_rule const> transports();
std::span<mcp_rule const> modern();
std::span<mcp_rule const> modern_clients();
std::span<mcp_rule const> security();
}  // namespace rules

}  // namespace scenario
