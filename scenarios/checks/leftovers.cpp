#include <algorithm>

#include "scenarios/checks.hpp"

namespace scenario::standing {

namespace {

constexpr char const* id = "leftovers";

// Each session that was begun is ended, unless the server itself has lost it or has gone.
void judge_sessions(evidence const& seen, std::vector<objection>& objections) {
    if (!seen.played.network.empty()) return;  // a farewell may be lost on the way
    for (auto const& server : seen.played.servers) {
        if (server.transport == "stdio" || !server.sessions) continue;
        auto const count = [&](bool by_server, std::string_view verb) {
            return std::count_if(seen.events.begin(), seen.events.end(), [&](auto const& e) {
                return e.verb == verb && (by_server ? e.from : e.to) == server.name;
            });
        };
        if (count(true, "exit") > 0) continue;
        auto const begun = count(false, "initialized");
        // Over HTTP+SSE a session is over with its stream, whoever ends that.
        bool const by_stream = server.transport == "sse";
        auto const closed =
            by_stream ? count(false, "close") + count(true, "close") + count(true, "reset") : 0;
        auto const over = count(false, "end-session") + count(true, "status") + closed;
        if (begun > over)
            objections.push_back(object(
                id, nullptr,
                "left over: " + std::to_string(begun - over) + " sessions with " + server.name));
    }
}

std::vector<objection> judge(evidence const& seen) {
    std::vector<objection> objections;
    if (!seen.runs_on) judge_sessions(seen, objections);
    for (auto const& what : seen.left_over)
        objections.push_back(object(id, nullptr, "left over: " + what));
    for (auto const& what : seen.loop_trouble)
        objections.push_back(object(id, nullptr, "trouble on the loop: " + what));
    return objections;
}

}  // namespace

check leftovers() {
    return {id, "after the end connections, timers and sessions are back where they were",
            "BerriAI/litellm#21213", judge};
}

}  // namespace scenario::standing
