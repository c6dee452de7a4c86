#include "proxy/shown_tools.hpp"

namespace proxy {

namespace {

// An entry that means several servers has one label for all: there the bare name could be the name
// of two tools.
bool names_one_server(mcp_entry const& entry) { return entry.servers.size() == 1; }

std::string label_of(config const& config, tool_selection const& selection,
                     mcp_entry const& entry) {
    if (!entry.server_label.empty() || entry.servers.empty()) return entry.server_label;
    return selection.server(config, entry.servers.front()).name;
}

std::string prefixed(mcp_server const& server, std::string const& tool) {
    return server.prefix() + "-" + tool;
}

}  // namespace

shown_tool shown(config const& config, tool_selection const& selection,
                 mcp_function const& target) {
    auto const& entry = selection.entries.at(target.entry);
    auto const& server = selection.server(config, target.server);
    return {label_of(config, selection, entry),
            names_one_server(entry) ? target.tool : prefixed(server, target.tool), nullptr};
}

std::vector<shown_tool> shown_tools(config const& config, tool_selection const& selection,
                                    tool_table const& table) {
    std::vector<shown_tool> all;
    for (std::size_t i = 0; i < table.mcp_count(); ++i) {
        auto const& told = table.tools()[i];
        auto const  target = table.resolve(told.name);
        auto        one = shown(config, selection, std::get<mcp_function>(target));
        one.told = &told;
        all.push_back(std::move(one));
    }
    return all;
}

std::vector<silent_label> silent_labels(config const& config, tool_selection const& selection,
                                        tool_table const& table) {
    std::vector<silent_label> all;
    for (auto const& one : table.silent()) {
        auto const label = label_of(config, selection, selection.entries.at(one.entry));
        all.push_back(
            {label.empty() ? selection.server(config, one.server).name : label, one.trouble});
    }
    return all;
}

std::string told_name(config const& config, tool_selection const& selection,
                      std::string const& label, std::string const& name) {
    for (auto const& entry : selection.entries)
        if (label_of(config, selection, entry) == label && names_one_server(entry))
            return prefixed(selection.server(config, entry.servers.front()), name);
    return name;
}

}  // namespace proxy
