#include "proxy/mcp_lists.hpp"

#include <algorithm>

#include "proxy/mcp_failure.hpp"
#include "proxy/tool_table.hpp"
#include "wire/json_members.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

namespace {

constexpr mcp_list lists[] = {
    {"tools/list", "tools", "name", "tools", true},
    {"prompts/list", "prompts", "name", "prompts", true},
    {"resources/list", "resources", "uri", "resources", false},
    {"resources/templates/list", "resourceTemplates", "uriTemplate", "resources", false},
    {"tasks/list", "tasks", "taskId", "tasks", true},
};

// Of a tool as it is spelled; empty if there is none.
std::string flaw_of(std::string_view element, std::string const& name, limits const& l) {
    if (name.empty()) return "it has no name";
    if (name.size() > l.tool_name_max) return passed_text("tool_name_max", l);
    if (!is_plain_name(name)) return "its name holds more than letters, digits, '_', '.' and '-'";
    auto const described = wire::slice(element, "description").value_or("null");
    if (described.size() > l.tool_description_max &&
        text_of(described).size() > l.tool_description_max)
        return passed_text("tool_description_max", l);
    if (wire::slice(element, "inputSchema").value_or("{}").size() > l.tool_schema_max)
        return passed_text("tool_schema_max", l);
    return {};
}

}  // namespace

mcp_list const* find_mcp_list(std::string_view method) {
    for (auto const& row : lists)
        if (row.method == method) return &row;
    return nullptr;
}

std::string text_of(std::string_view text) {
    auto const value = wire::read_json(text);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::string spelled(std::string_view text) {
    std::string made;
    wire::append_quoted(made, text);
    return made;
}

std::vector<std::string> shown(mcp_list const& list, mcp_server const& server, bool prefixed,
                               std::string_view array, limits const& l, mcp_log const& log) {
    std::vector<std::string> all;
    bool const               tools = list.member == std::string_view("tools");
    for (auto const element : wire::elements(array)) {
        auto const name = text_of(wire::slice(element, list.name).value_or("null"));
        if (tools && !offers(server, name)) continue;
        if (auto const why = tools ? flaw_of(element, name, l) : std::string(); !why.empty()) {
            if (log) log(left_out(server, name, why));
            continue;
        }
        if (prefixed && list.prefixed)
            all.push_back(
                wire::with_value(element, list.name, spelled(server.prefix() + '-' + name)));
        else
            all.emplace_back(element);
    }
    return all;
}

std::string with_shown(std::string answer, mcp_list const& list, mcp_server const& server,
                       limits const& l, mcp_log const& log) {
    std::string_view const path[] = {"result", list.member};
    auto const             array = wire::slice(answer, path);
    if (!array) return answer;
    auto const left = shown(list, server, false, *array, l, log);
    if (left.size() == wire::elements(*array).size()) return answer;
    return wire::with_value(answer, path, to_array(left));
}

void refuse_list(mcp_list const& list, mcp_server const& server, std::string const& why) {
    throw mcp_failure{wire::rpc_internal_error,
                      "MCP server '" + server.name + "': " + list.method + ": " + why};
}

void add_page(mcp_list const& list, mcp_server const& server, bool prefixed,
              std::string_view result, limits const& l, mcp_log const& log,
              std::vector<std::string>& into) {
    auto const array = wire::slice(result, list.member).value_or("[]");
    for (auto& element : shown(list, server, prefixed, array, l, log)) {
        if (into.size() == l.tools_max) refuse_list(list, server, passed_text("tools_max", l));
        into.push_back(std::move(element));
    }
    constexpr std::string_view next = "nextCursor";
    if (wire::slice(result, next).value_or("").size() > cursor_size_max + 2)  // and its quotes
        refuse_list(list, server,
                    "a cursor of more than " + std::to_string(cursor_size_max) + " bytes");
}

std::string to_array(std::vector<std::string> const& elements) {
    std::string text = "[";
    for (auto const& element : elements) {
        if (text.size() > 1) text += ',';
        text += element;
    }
    return text + ']';
}

// A capability that one of them has, all of them have; so for what stands below it.
std::string merged_capabilities(std::vector<std::string_view> const& all) {
    static constexpr std::string_view known[] = {"completions", "extensions", "logging", "prompts",
                                                 "resources",   "tasks",      "tools"};
    auto                              merged = nlohmann::json::object();
    for (auto const text : all) {
        auto const one = wire::read_json(text);
        if (!one.is_object()) continue;
        for (auto const& [name, value] : one.items()) {
            if (std::find(std::begin(known), std::end(known), name) == std::end(known)) continue;
            if (!merged.contains(name)) merged[name] = nlohmann::json::object();
            if (!value.is_object()) continue;
            // What may run as a task stands a level deeper, and so does what an extension can.
            if (name == "tasks" || name == "extensions") merged[name].update(value, true);
            for (auto const& [flag, set] : value.items())
                if (set == true) merged[name][flag] = true;
        }
    }
    return merged.dump();
}

}  // namespace proxy
