#include "scenarios/spoken.hpp"

namespace scenario {

std::span<spoken_row const> spoken() {
    using enum role;
    static std::vector<spoken_row> const rows{
        {client,
         gateway,
         {"ask", "post", "get", "delete", "raw", "terminate", "close", "abort", "initialize",
          "initialized", "call", "list", "request", "notify", "cancel", "listen", "reconnect",
          "answer", "end-session"}},
        {gateway, client, {"text",       "thinking", "refusal",  "arguments", "tool",   "usage",
                           "metadata",   "comment",  "end",      "status",    "error",  "json",
                           "garbage",    "cut",      "close",    "revision",  "tools",  "result",
                           "tool-error", "progress", "log",      "ask",       "notify", "cancel",
                           "bytes",      "session",  "endpoint", "task",      "tasks",  "header"}},
        {gateway, provider, {"turn", "close"}},
        {provider,
         gateway,
         {"text", "thinking", "refusal", "tool", "usage", "finish", "comment", "failure", "status",
          "head", "bytes", "raw", "recording", "miss", "stall", "end", "close", "reset"}},
        {gateway,
         mcp_server,
         {"start", "discover", "initialize", "initialized", "list", "call", "cancel", "answer",
          "notify", "request", "listen", "resume", "end-session", "close", "header", "terminate",
          "kill"}},
        {mcp_server, gateway, {"tools", "result", "tool-error", "error",   "progress",
                               "log",   "ask",    "notify",     "hang-up", "task",
                               "tasks", "status", "bytes",      "stderr",  "miss",
                               "stall", "end",    "close",      "reset",   "exit"}},
    };
    return rows;
}

std::vector<std::string> const* verbs_between(role from, role to) {
    for (auto const& row : spoken())
        if (row.from == from && row.to == to) return &row.verbs;
    return nullptr;
}

}  // namespace scenario
