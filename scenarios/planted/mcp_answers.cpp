// What becomes of the answers that a client of MCP waits for.

#include "scenarios/planted/forms.hpp"
#include "wire/json_members.hpp"

namespace scenario::planting {

namespace {

constexpr char const* check = "mcp-answers";

bool is_answer(sse_block const& b) {
    return b.json.is_object() && b.json.contains("id") && !b.json.contains("method");
}

// Of a tool, that is: a session's beginning goes well.
bool is_result(sse_block const& b) {
    return is_answer(b) && b.json.contains("result") && b.json["result"].contains("content");
}

bool is_progress(sse_block const& b) {
    return b.json.is_object() && b.json.value("method", "") == "notifications/progress";
}

class another_id final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_result(b)) return say(b.raw);
        auto said = b.json;
        said["id"] = 1000;
        say(as_event(said));
    }
};

class answers_twice final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (is_result(b)) say(b.raw);
    }
};

class answers_never final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_result(b)) say(b.raw);
    }
};

class error_for_a_result final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_result(b)) return say(b.raw);
        auto said = b.json;
        said.erase("result");
        said["error"] = {{"code", -32603}, {"message", "Internal error"}};
        say(as_event(said));
    }
};

class hides_the_error final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_result(b)) return say(b.raw);
        auto said = b.json;
        said["result"].erase("isError");
        say(as_event(said));
    }
};

// The last progress waits until the answer has gone.
class late_progress final : public message_editor {
    void event(sse_block const& b) override {
        if (is_progress(b)) {
            say(held_);
            held_ = b.raw;
            return;
        }
        say(b.raw);
        if (!is_answer(b)) return;
        say(held_);
        held_.clear();
    }
    std::string held_;
};

class turns_the_token final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_progress(b)) return say(b.raw);
        auto  said = b.json;
        auto& token = said["params"]["progressToken"];
        token = token.dump();
        say(as_event(said));
    }
};

class forgets_the_version final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_result(b)) return say(b.raw);
        auto said = b.json;
        said.erase("jsonrpc");
        say(as_event(said));
    }
};

class loses_progress final : public message_editor {
    void event(sse_block const& b) override {
        if (!is_progress(b) || ++count_ != 2) say(b.raw);
    }
    int count_ = 0;
};

class doubles_progress final : public message_editor {
    void event(sse_block const& b) override {
        say(b.raw);
        if (is_progress(b) && ++count_ == 2) say(b.raw);
    }
    int count_ = 0;
};

// The scripted client's token of progress is the id of its request.
class answers_the_cancelled final : public message_editor {
    void event(sse_block const& b) override {
        if (is_progress(b)) token_ = b.json["params"]["progressToken"];
        if (is_answer(b)) token_ = nullptr;
        say(b.raw);
    }
    void end_of_events() override {
        if (!token_.is_null()) {
            json said{{"jsonrpc", "2.0"}, {"id", token_}};
            said["error"] = {{"code", -32000}, {"message", "cancelled"}};
            say_after(milliseconds(5), as_event(said));
        }
        message_editor::end_of_events();
    }
    json token_;
};

class keeps_the_cancel final : public message_editor {
    void whole(std::string&, std::string& body) override {
        auto said = wire::read_json(body);
        if (!said.is_object() || said.value("method", "") != "notifications/cancelled") return;
        said["method"] = "notifications/roots/list_changed";
        said.erase("params");
        body = said.dump();
    }
};

}  // namespace

std::vector<planted_fault> mcp_answers();

std::vector<planted_fault> mcp_answers() {
    std::vector<std::string> const call{"mcp_endpoint/call_a_tool", "mcp_endpoint/answers_as_json"};
    std::vector<std::string> const progress{"mcp_endpoint/progress_before_the_result"};
    std::vector<std::string> const cancel{"mcp_endpoint/session_goes_on_behind_a_cancel"};
    return {
        {"answers-by-another-id", "a client of MCP is answered by an id that it did not give",
         "modelcontextprotocol/typescript-sdk#1186", check, call,
         edits<another_id>(way::to_client)},
        {"answers-twice", "a client of MCP is answered twice", "JSON-RPC 2.0, 5", check, call,
         edits<answers_twice>(way::to_client)},
        {"answers-never", "the stream of a call ends without its answer",
         "modelcontextprotocol/typescript-sdk#2776", check, call,
         edits<answers_never>(way::to_client)},
        {"error-for-a-result", "a client of MCP gets an error for its result",
         "envoyproxy/ai-gateway#1924", check, call, edits<error_for_a_result>(way::to_client)},
        {"result-for-a-tool-error",
         "a tool's error is told as its result",
         "MCP 2025-11-25, server/tools",
         check,
         {"mcp_endpoint/errors_pass_as_they_are"},
         edits<hides_the_error>(way::to_client)},
        {"progress-behind-the-answer", "the last progress of a call follows its answer",
         "GLips/Figma-Context-MCP#366", check, progress, edits<late_progress>(way::to_client)},
        {"loses-progress", "a client of MCP is not told of all progress",
         "sweetrb/apple-photos-mcp#56", check, progress, edits<loses_progress>(way::to_client)},
        {"doubles-progress", "a client of MCP is told of some progress twice",
         "twentyhq/twenty#24559", check, progress, edits<doubles_progress>(way::to_client)},
        {"token-of-another-type", "a client's number comes back as a string, as its token",
         "twentyhq/twenty#24559", "mcp-rules", progress, edits<turns_the_token>(way::to_client)},
        {"answer-without-version", "an answer is no message of JSON-RPC 2.0", "JSON-RPC 2.0, 5",
         "mcp-rules", call, edits<forgets_the_version>(way::to_client)},
        {"answers-the-cancelled", "a request that its client has cancelled is answered",
         "modelcontextprotocol/python-sdk#2480", check, cancel,
         edits<answers_the_cancelled>(way::to_client)},
        {"keeps-the-cancel", "the server is not told what a client has cancelled",
         "MCP 2025-11-25, basic/utilities/cancellation", check, cancel,
         edits<keeps_the_cancel>(way::to_server)},
    };
}

}  // namespace scenario::planting
