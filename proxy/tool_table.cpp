#include "proxy/tool_table.hpp"

#include <algorithm>
#include <utility>

#include "wire/json_members.hpp"

namespace proxy {
namespace {

using json = nlohmann::json;

constexpr std::size_t name_size_max = 64;  // what the strictest provider takes

bool holds(std::vector<std::string> const& names, std::string const& bare,
           std::string const& prefixed) {
    return std::any_of(names.begin(), names.end(),
                       [&](auto const& name) { return name == bare || name == prefixed; });
}

bool server_offers(mcp_server const& server, std::string const& bare, std::string const& prefixed) {
    if (!server.allowed_tools.empty()) return holds(server.allowed_tools, bare, prefixed);
    return !holds(server.disallowed_tools, bare, prefixed);
}

bool runs_here(mcp_entry const& entry, std::string const& bare, std::string const& prefixed) {
    if (holds(entry.ask_first_tools, bare, prefixed)) return false;
    return entry.run_here || holds(entry.run_here_tools, bare, prefixed);
}

// What LiteLLM fills in, so that both gateways ask a model the same thing.
json normalised(json schema) {
    if (schema.is_null()) schema = json::object();
    if (!schema.contains("type")) schema["type"] = "object";
    if (!schema.contains("properties")) schema["properties"] = json::object();
    if (!schema.contains("additionalProperties")) schema["additionalProperties"] = false;
    return schema;
}

// Why this tool cannot be offered; empty if it can.
std::string flaw(wire::mcp::tool const& tool, std::string const& prefixed, limits const& limits) {
    if (tool.name.empty()) return "it has no name";
    if (tool.name.size() > limits.tool_name_max) return passed_text("tool_name_max", limits);
    if (prefixed.size() > name_size_max)
        return "its name is longer than 64 bytes with the server's in front";
    if (!is_plain_name(tool.name))
        return "its name holds more than letters, digits, '_', '.' and '-'";
    if (tool.description.size() > limits.tool_description_max)
        return passed_text("tool_description_max", limits);
    auto const& schema = tool.input_schema;
    if (schema.is_null()) return {};
    if (!schema.is_object()) return "its input schema is not an object";
    if (schema.contains("type") && schema["type"] != "object")
        return "its input schema describes something other than an object";
    if (wire::dump(schema).size() > limits.tool_schema_max)
        return passed_text("tool_schema_max", limits);
    return {};
}

// A stranger's name, fit for a log: short, and without control characters.
std::string for_log(std::string const& name) {
    constexpr std::size_t size_max = 80;
    return json(name.substr(0, size_max)).dump(-1, ' ', true, json::error_handler_t::replace);
}

}  // namespace

bool is_plain_name(std::string const& name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
}

std::string left_out(mcp_server const& server, std::string const& tool, std::string const& why) {
    return "tool " + for_log(tool) + " of " + server.name + " is left out: " + why;
}

bool offers(mcp_server const& server, std::string const& tool) {
    return server_offers(server, tool, server.prefix() + "-" + tool);
}

tool_table::tool_table(config const& config, tool_selection const& selection,
                       std::vector<listed_tools> const& lists) {
    for (auto const& own : selection.own) own_.insert(own.name);
    for (std::size_t place = 0; place < selection.entries.size(); ++place)
        for (auto const index : selection.entries[place].servers)
            for (auto const& list : lists)
                if (list.server == index) offer(config, selection, place, list);
    for (auto const& own : selection.own) {
        if (targets_.contains(own.name))
            notes_.push_back("the caller's function " + for_log(own.name) +
                             " is left out: an MCP tool has the same name");
        else
            tools_.push_back(own);
    }
}

void tool_table::offer(config const& config, tool_selection const& selection, std::size_t place,
                       listed_tools const& list) {
    auto const&           entry = selection.entries[place];
    auto const&           server = selection.server(config, list.server);
    std::set<std::string> seen;
    if (!list.trouble.empty()) {
        silent_.push_back({list.server, place, list.trouble});
        notes_.push_back("the tools of " + server.name + " are left out: " + for_log(list.trouble));
    }
    for (auto const& tool : list.tools) {
        auto const prefixed = server.prefix() + "-" + tool.name;
        if (!server_offers(server, tool.name, prefixed)) continue;
        if (!entry.allowed_tools.empty() && !holds(entry.allowed_tools, tool.name, prefixed))
            continue;
        if (holds(entry.disallowed_tools, tool.name, prefixed)) continue;
        if (auto const why = flaw(tool, prefixed, config.limits); !why.empty()) {
            note(server, tool.name, why);
        } else if (!seen.insert(tool.name).second) {
            note(server, tool.name, "the server lists it twice");
        } else if (auto const other = targets_.find(prefixed); other == targets_.end()) {
            auto const [bare, is_new] = bare_.emplace(tool.name, prefixed);
            if (!is_new) bare->second.clear();
            targets_.emplace(prefixed, mcp_function{list.server, tool.name,
                                                    runs_here(entry, tool.name, prefixed), place});
            tools_.push_back({prefixed, tool.description, normalised(tool.input_schema), nullptr});
        } else if (other->second.server != list.server) {
            note(server, tool.name, "a tool of another server has the same name");
        }  // else an earlier entry has taken it, and decided who runs it
    }
}

void tool_table::note(mcp_server const& server, std::string const& tool, std::string const& why) {
    auto text = left_out(server, tool, why);
    if (std::find(notes_.begin(), notes_.end(), text) == notes_.end())
        notes_.push_back(std::move(text));
}

called_tool tool_table::resolve(std::string_view name) const {
    if (auto const found = targets_.find(name); found != targets_.end()) return found->second;
    if (own_.contains(name)) return own_function{};
    auto const bare = bare_.find(name);
    if (bare == bare_.end() || bare->second.empty()) return unknown_tool{};
    return targets_.find(bare->second)->second;
}

void refuse_if_nothing_selected(tool_selection const& selection, tool_table const& table) {
    if (selection.entries.empty() || !table.tools().empty()) return;
    auto const& entry = selection.entries.front();
    auto const  at = "tools[" + std::to_string(entry.position) + "]";
    throw refused({400,
                   "invalid_request_error",
                   "no_mcp_tools",
                   at + ": 0 MCP tools were found for server_url " + for_log(entry.server_url) +
                       "; see allowed_tools, here and in the configuration of the server",
                   at + ".server_url",
                   {}});
}

}  // namespace proxy
