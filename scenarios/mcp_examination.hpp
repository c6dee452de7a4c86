#pragma once

#include <string>
#include <vector>

#include "scenarios/mcp_examiner.hpp"
#include "scenarios/mcp_rules.hpp"

namespace scenario {

// What `lockstep check-mcp` does with a server: a plan of requests, good and bad ones, which makes
// the rules tell. What it answered is in `kept()` of the examiner then.
struct mcp_examination {
    std::string    slow_tool;  // takes some seconds and tells of its progress; empty: none known
    nlohmann::json slow_arguments;

    // What was found on the way.
    std::string name;       // of the server
    std::string revisions;  // "2025-11-25 2026-07-28"; empty: nobody answers

    runtime::awaitable<void> examine(mcp_http_examiner&);
    runtime::awaitable<void> examine_old(mcp_http_examiner&);  // HTTP+SSE
    runtime::awaitable<void> examine(mcp_program_examiner&);

private:
    runtime::awaitable<void> begin_session(mcp_examiner&);
    runtime::awaitable<void> basics(mcp_examiner&);
    runtime::awaitable<void> lists(mcp_examiner&);
    runtime::awaitable<void> tasks(mcp_examiner&);
    runtime::awaitable<void> modern_program(mcp_program_examiner&);
    runtime::awaitable<void> slow_calls(mcp_examiner&);
    runtime::awaitable<void> bad_requests(mcp_http_examiner&);
    runtime::awaitable<void> limits(mcp_http_examiner&);
    runtime::awaitable<void> strangers(mcp_http_examiner&);
    runtime::awaitable<void> sessions(mcp_http_examiner&);
    runtime::awaitable<void> versions(mcp_http_examiner&);
    runtime::awaitable<void> going_on(mcp_http_examiner&);
    runtime::awaitable<void> same_id_twice(mcp_http_examiner&);
    runtime::awaitable<void> modern(mcp_http_examiner&);
    runtime::awaitable<void> modern_basics(mcp_http_examiner&, nlohmann::json const& found);
    bool                     runs_as_task() const;
    nlohmann::json           slow_params() const;
    void                     learn(mcp_examiner&);

    nlohmann::json    offered_;         // by the server in its first session; null: nothing
    nlohmann::json    slow_tool_told_;  // as tools/list has it; null: it has not
    runtime::duration slow_takes_{};
};

// How one rule stands.
enum class mcp_verdict { pass, fail, warning, untried, unjudged };
struct mcp_result {
    mcp_rule const* rule = nullptr;
    mcp_verdict     verdict = mcp_verdict::unjudged;
    mcp_finding     finding;
};
std::vector<mcp_result> judge_rules(mcp_conversation const&);

// For people, and for CI.
std::string mcp_report(std::vector<mcp_result> const&, bool all);
std::string mcp_junit(std::vector<mcp_result> const&, std::string const& server);

}  // namespace scenario
