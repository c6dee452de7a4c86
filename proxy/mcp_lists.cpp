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
                               std::string_view array) {
    std::vector<std::string> all;
    bool const               tools = list.member == std::string_view("tools");
    for (auto const element : wire::elements(array)) {
        auto const name = text_of(wire::slice(element, list.name).value_or("null"));
        if (tools && !offers(server, name)) continue;
        if (prefixed && list.prefixed)
            all.push_back(
                wire::with_value(element, list.name, spelled(server.prefix() + '-' + name)));
        else
            all.emplace_back(element);
    }
    return all;
}

void add_page(mcp_list const& list, mcp_server const& server, bool prefixed,
              std::string_view result, std::size_t count_max, std::vector<std::string>& into) {
    auto const too_much = [&](std::string const& what) {
        throw mcp_failure{mcp_connection_closed,
                          "MCP server '" + server.name + "': " + list.method + ": " + what};
    };
    auto const array = wire::slice(result, list.member).value_or("[]");
    for (auto& element : shown(list, server, prefixed, array)) {
        if (into.size() == count_max)
            too_much("more than " + std::to_string(count_max) + " of them");
        into.push_back(std::move(element));
    }
    constexpr std::string_view next = "nextCursor";
    if (wire::slice(result, next).value_or("").size() > cursor_size_max + 2)  // and its quotes
        too_much("a cursor of more than " + std::to_string(cursor_size_max) + " bytes");
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
