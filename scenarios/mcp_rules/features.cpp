#include <map>
#include <optional>
#include <set>

#include "scenarios/mcp_judging.hpp"
#include "wire/json_rpc.hpp"

// 8.4: what a server is asked for: pages of lists, tools, tasks.
namespace scenario::rules {

namespace {

char const* const tasks = "2025-11-25 basic/utilities/tasks";

// The cursors that a server has given for this method until then.
bool is_given(conversation const& c, mcp_message const& asked, json const& cursor) {
    for (auto const& m : c.messages) {
        if (&m >= &asked) break;
        if (!m.by_server && method_of(m.value) == method_of(asked.value))
            if (auto const* said = answer_to(c, m); said != nullptr && said < &asked)
                if (member(member(said->value, "result"), "nextCursor") == cursor) return true;
    }
    return false;
}

void bad_cursor(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        auto const cursor = member(member(m.value, "params"), "cursor");
        if (!m.by_server && is_request(m.value) && cursor.is_string() && !is_given(c, m, cursor))
            expect_code(c, f, m, wire::rpc_invalid_params);
    }
}

void cursors_as_given(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        auto const cursor = member(member(m.value, "params"), "cursor");
        if (!m.by_server && is_request(m.value) && !cursor.is_null())
            f.expect(is_given(c, m, cursor), m.place, "no list has ended with " + cursor.dump());
    }
}

// The tools of a session, once it has told of all of them.
std::optional<std::set<std::string>> tools_of(conversation const& c, mcp_message const& until) {
    std::set<std::string> names;
    bool                  whole = false;
    for (auto const& m : c.messages) {
        if (&m >= &until) break;
        if (m.by_server || m.modern != until.modern || method_of(m.value) != "tools/list") continue;
        if (!m.modern && m.scope != until.scope) continue;
        auto const* said = answer_to(c, m);
        if (said == nullptr || said > &until) continue;
        auto const& result = member(said->value, "result");
        if (!member(result, "tools").is_array()) continue;
        for (auto const& tool : member(result, "tools"))
            names.insert(as_text(member(tool, "name")));
        whole = whole || !result.contains("nextCursor");
    }
    if (!whole) return std::nullopt;
    return names;
}

void unknown_tool(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || !is_request(m.value) || method_of(m.value) != "tools/call") continue;
        auto const known = tools_of(c, m);
        auto const name = as_text(member(member(m.value, "params"), "name"));
        if (m.probe == "unknown tool" || (known && !known->contains(name)))
            expect_code(c, f, m, wire::rpc_invalid_params);
    }
}

bool is_method(std::string const& name) {
    for (char const* folder :
         {"tools/", "prompts/", "resources/", "tasks/", "completion/", "logging/", "server/",
          "subscriptions/", "roots/", "sampling/", "elicitation/"})
        if (name.starts_with(folder)) return true;
    return name == "initialize" || name == "ping";
}

void unknown_method(conversation const& c, finding& f) {
    for (auto const& m : c.messages)
        if (!m.by_server && is_request(m.value) && !is_method(method_of(m.value)))
            expect_code(c, f, m, wire::rpc_method_not_found);
}

// Who has not said listChanged does not tell of changes.
void list_changes(conversation const& c, finding& f) {
    auto const all = agreements(c);
    for (auto const& m : c.messages) {
        auto const a = all.find(m.scope);
        auto const method = method_of(m.value);
        if (!m.by_server || m.modern || a == all.end() || !method.ends_with("/list_changed"))
            continue;
        auto const kind =
            method.substr(14, method.size() - 14 - 13);  // notifications/.../list_changed
        f.expect(member(member(a->second.offered, kind.c_str()), "listChanged") == true, m.place,
                 method + " without listChanged");
    }
}

// Tasks: what a message tells of one.
struct task_told {
    std::string id;
    std::string status;
};

task_told told_of_task(json const& said) {
    auto const result = member(said, "result");
    for (json const& where : {member(said, "params"), result, member(result, "task")}) {
        auto const &id = member(where, "taskId"), &status = member(where, "status");
        if (id.is_string() && status.is_string()) return {id, status};
    }
    return {};
}

void task_states(conversation const& c, finding& f) {
    static std::set<std::string> const known{"working", "input_required", "completed", "failed",
                                             "cancelled"};
    std::map<std::string, std::string> last;
    for (auto const& m : c.messages) {
        auto const [id, status] = m.by_server ? told_of_task(m.value) : task_told{};
        if (id.empty() || m.modern) continue;
        auto const before = last.find(id);
        bool const moves = before != last.end() && before->second != status;
        bool const final =
            moves && before->second != "working" && before->second != "input_required";
        f.expect(known.contains(status) && !final, m.place,
                 final ? "a task that was " + before->second + " is " + status
                       : "a task is '" + status + "'");
        last[id] = status;
    }
    std::set<std::string> required;
    for (auto const& m : c.messages) {
        if (m.by_server)
            for (auto const& tool : member(member(m.value, "result"), "tools"))
                if (member(member(tool, "execution"), "taskSupport") == "required")
                    required.insert(as_text(member(tool, "name")));
        auto const& params = member(m.value, "params");
        bool const  plain = !m.by_server && method_of(m.value) == "tools/call" && !m.modern &&
                           !params.contains("task");
        if (plain && required.contains(as_text(member(params, "name"))))
            expect_code(c, f, m, wire::rpc_method_not_found);
    }
}

void task_is_named(conversation const& c, finding& f) {
    for (auto const& m : c.messages) {
        if (m.by_server || m.modern || method_of(m.value) != "tasks/result") continue;
        auto const* said = answer_to(c, m);
        auto const  result = said ? member(said->value, "result") : json();
        if (!result.is_object()) continue;
        auto const& named = member(
            member(member(result, "_meta"), "io.modelcontextprotocol/related-task"), "taskId");
        f.expect(named == member(member(m.value, "params"), "taskId"), said->place,
                 "a result of a task that does not name it");
    }
}

constexpr auto must = mcp_level::must;
constexpr auto should = mcp_level::should;

mcp_rule const all[] = {
    {"L22",
     "C P",
     must,
     "cursors go back unchanged",
     "2025-11-25 server/utilities/pagination",
     {.client = cursors_as_given, .relayed = true}},
    {"L23",
     "S P",
     should,
     "a cursor that is none: -32602",
     "2025-11-25 server/utilities/pagination",
     {.server = bad_cursor, .relayed = true}},
    {"L24",
     "S P",
     should,
     "changes of lists are told by who has declared it",
     "2025-11-25 server/tools",
     {.server = list_changes, .relayed = true}},
    {"L25",
     "S",
     must,
     "structured output is as its schema says",
     "2025-11-25 server/tools",
     {},
     "no validator of JSON schemas is part of this program",
     "no validator of JSON schemas is part of this program; what a server says passes as it is"},
    {"L26",
     "S P",
     should,
     "a tool that is not there: -32602",
     "2025-11-25 server/tools",
     {.server = unknown_tool, .relayed = true}},
    {"L27",
     "S P",
     must,
     "tasks go by their states",
     tasks,
     {.server = task_states, .relayed = true}},
    {"L28",
     "S C P",
     must,
     "the result of a task names it",
     tasks,
     {.server = task_is_named, .relayed = true}},
    {"X01",
     "S P",
     must,
     "a method that is not there: -32601",
     "JSON-RPC 2.0 section 5.1",
     {.server = unknown_method, .relayed = true}},
};

}  // namespace

std::span<mcp_rule const> features() { return all; }

}  // namespace scenario::rules
