// What becomes of sessions with MCP servers, of their lists, and of what is counted.

#include <algorithm>

#include "scenarios/planted/forms.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

constexpr char session_field[] = "\r\nMCP-Session-Id: ";

class no_session_id final : public message_editor {
    void whole(std::string& head, std::string& body) override {
        auto const at = head.find(session_field);
        if (at == head.npos || body.find("tools/call") == body.npos) return;
        head.erase(at, head.find('\r', at + 2) - at);
    }
};

class old_session_id final : public message_editor {
    void whole(std::string& head, std::string& body) override {
        auto const at = head.find(session_field);
        if (at == head.npos || body.find("tools/call") == body.npos) return;
        head.insert(at + sizeof session_field - 1, "old-");
    }
};

class no_end_of_session final : public message_editor {
    void whole(std::string& head, std::string&) override {
        if (head.starts_with("DELETE ")) head.replace(0, 6, "GET");
    }
};

class not_initialized final : public message_editor {
    void whole(std::string&, std::string& body) override {
        auto said = wire::read_json(body);
        if (!said.is_object() || said.value("method", "") != "notifications/initialized") return;
        said["method"] = "notifications/roots/list_changed";
        body = said.dump();
    }
};

class first_page_only final : public message_editor {
    void event(sse_block const& b) override {
        if (!b.json.is_object() || b.data.find("nextCursor") == b.data.npos) return say(b.raw);
        auto said = b.json;
        said["result"].erase("nextCursor");
        say(as_event(said));
    }
};

// The provider's count of every turn but the last is lost: only a finish with tool_calls, and
// the count behind it, tell such a turn.
class counts_last_turn_only final : public message_editor {
    void event(sse_block const& b) override {
        if (finish_of(b) == "tool_calls") inner_ = true;
        if (!inner_ || !is_usage(b)) say(b.raw);
    }
    bool inner_ = false;
};

}  // namespace

std::vector<planted_fault> sessions();

std::vector<planted_fault> sessions() {
    std::vector<std::string> const kept{"session/kept_between_listing_and_calling"};
    return {
        {"no-session-id", "a tool is called without the session's id", "BerriAI/litellm#20242",
         "expect", kept, edits<no_session_id>(way::to_server)},
        {"old-session-id", "a tool is called with the id of an older session",
         "sparfenyuk/mcp-proxy#149", "expect", kept, edits<old_session_id>(way::to_server)},
        {"does-not-end-sessions", "sessions with MCP servers are never ended",
         "BerriAI/litellm#26857", "leftovers", kept, edits<no_end_of_session>(way::to_server)},
        {"never-initialized", "a session is used that was not said to be initialized",
         "MCP 2025-11-25, basic/lifecycle", "expect", kept, edits<not_initialized>(way::to_server)},
        {"first-page-only",
         "only the first page of a server's tools is read",
         "BerriAI/litellm#20891",
         "expect",
         {"session/pages_of_tools"},
         edits<first_page_only>(way::from_server)},
        {"counts-the-last-turn-only",
         "the usage is that of the last turn",
         "BerriAI/litellm#24354",
         "expect",
         {"ending/usage_of_all_turns"},
         edits<counts_last_turn_only>(way::from_provider)},
    };
}

}  // namespace scenario::planting
