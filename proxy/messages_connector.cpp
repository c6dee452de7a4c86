#include "proxy/messages_connector.hpp"

#include <algorithm>

#include "proxy/request_reading.hpp"

namespace proxy {

namespace {

using json = nlohmann::json;

struct connected {
    json        entry;
    std::string name;
    bool        has_toolset = false;
    bool        is_off = false;
};

connected read_server(json const& server, std::string const& where) {
    if (!server.is_object())
        refuse_request(400, "invalid_type", where + " must be an object", where);
    if (auto const type = read_text(server, "type"); type != "url")
        refuse_request(400, "invalid_value", where + ".type must be 'url'", where + ".type");
    if (given(server, "authorization_token"))
        refuse_request(400, "unsupported_parameter",
                       where +
                           ".authorization_token: keys come from the gateway's configuration "
                           "only",
                       where + ".authorization_token");
    connected read;
    read.name = read_text(server, "name");
    for (auto const* needed : {"name", "url"})
        if (read_text(server, needed).empty())
            refuse_request(400, "missing_parameter", where + " needs a '" + needed + "'",
                           where + "." + needed);
    read.entry = {{"type", "mcp"},
                  {"server_url", read_text(server, "url")},
                  {"server_label", read.name},
                  {"require_approval", "never"}};
    if (auto const* told = given(server, "tool_configuration")) {
        read.is_off = !read_flag(*told, "enabled", true);
        if (auto const* allowed = given(*told, "allowed_tools"))
            read.entry["allowed_tools"] = *allowed;
    }
    return read;
}

// All tools but some, or some and no others.
void read_toolset(json const& toolset, connected& of) {
    auto const* common = given(toolset, "default_config");
    bool const  all = !common || read_flag(*common, "enabled", true);
    auto        named = json::array();
    if (auto const* configs = given(toolset, "configs"); configs && configs->is_object())
        for (auto const& [tool, told] : configs->items())
            if (read_flag(told, "enabled", all) != all) named.push_back(tool);
    of.has_toolset = true;
    of.is_off = !all && named.empty();
    of.entry.erase("allowed_tools");
    if (!named.empty()) of.entry[all ? "disallowed_tools" : "allowed_tools"] = std::move(named);
}

}  // namespace

bool is_toolset(json const& tool) {
    auto const* type = given(tool, "type");
    return type && *type == "mcp_toolset";
}

json connector_tools(json const& servers, json const& tools) {
    std::vector<connected> all;
    if (!servers.is_null() && !servers.is_array())
        refuse_request(400, "invalid_type", "mcp_servers must be a list", "mcp_servers");
    for (std::size_t i = 0; i < servers.size(); ++i) {
        auto const where = "mcp_servers[" + std::to_string(i) + "]";
        auto       read = read_server(servers[i], where);
        auto const same = [&](connected const& c) { return c.name == read.name; };
        if (std::any_of(all.begin(), all.end(), same))
            refuse_request(400, "duplicate_label",
                           where + ": '" + read.name + "' is the name of another server",
                           where + ".name");
        all.push_back(std::move(read));
    }
    for (std::size_t i = 0; tools.is_array() && i < tools.size(); ++i) {
        if (!is_toolset(tools[i])) continue;
        auto const where = "tools[" + std::to_string(i) + "].mcp_server_name";
        auto const name = read_text(tools[i], "mcp_server_name");
        auto const meant = std::find_if(all.begin(), all.end(),
                                        [&](connected const& c) { return c.name == name; });
        if (meant == all.end())
            refuse_request(400, "mcp_server_not_found",
                           where + ": mcp_servers has no '" + name + "'", where);
        if (meant->has_toolset)
            refuse_request(400, "duplicate_label", where + ": '" + name + "' has a toolset already",
                           where);
        read_toolset(tools[i], *meant);
    }
    auto entries = json::array();
    for (auto& one : all)
        if (!one.is_off) entries.push_back(std::move(one.entry));
    return entries;
}

}  // namespace proxy
