#include "proxy/tool_selection.hpp"

#include <algorithm>
#include <optional>

#include "proxy/config_spelling.hpp"

namespace proxy {
namespace {

using json = nlohmann::json;

constexpr std::string_view all_servers = "litellm_proxy";

// One element of `tools` while it is read, and how to speak of it.
struct element {
    json const& value;
    std::string where;  // "tools[2]"

    [[noreturn]] void refuse(std::string const& member, std::string code,
                             std::string const& message) const {
        auto const at = member.empty() ? where : where + "." + member;
        throw refused({400, "invalid_request_error", std::move(code), at + ": " + message, at, {}});
    }
    json const* find(char const* member) const {
        auto const found = value.find(member);
        return found == value.end() || found->is_null() ? nullptr : &*found;
    }
};

// A stranger's word, short enough for a message.
std::string shown(std::string text) {
    constexpr std::size_t size_max = 200;
    if (text.size() <= size_max) return in_quotes(text);
    auto end = size_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return in_quotes(text.substr(0, end) + "...");
}

std::string did_you_mean(std::string const& written, std::vector<std::string> const& words) {
    auto const meant = nearest_word(written, words);
    return meant.empty() ? "" : "; did you mean " + in_quotes(meant) + "?";
}

std::vector<std::string> read_names(element const& at, std::string const& member,
                                    json const& list) {
    std::vector<std::string> names;
    if (!list.is_array()) at.refuse(member, "invalid_type", "must be a list of tool names");
    for (auto const& name : list) {
        if (!name.is_string()) at.refuse(member, "invalid_type", "must be a list of tool names");
        names.push_back(name.get<std::string>());
    }
    return names;
}

// {"tool_names": [...]} and nothing else: OpenAI's filter also knows read_only, and to leave
// that out would allow more than was asked for.
std::vector<std::string> read_filter(element const& at, std::string const& member,
                                     json const& filter) {
    for (auto const& [key, ignored] : filter.items())
        if (key != "tool_names")
            at.refuse(member + "." + key, "unsupported_parameter",
                      "only 'tool_names' is supported");
    auto const names = filter.find("tool_names");
    if (names == filter.end()) at.refuse(member, "missing_parameter", "needs 'tool_names'");
    return read_names(at, member + ".tool_names", *names);
}

void read_approval(element const& at, mcp_entry& into) {
    auto const* approval = at.find("require_approval");
    if (!approval) return;
    // Any other word means the same as "always", as it does in LiteLLM.
    if (approval->is_string()) {
        into.run_here = *approval == "never";
        return;
    }
    if (!approval->is_object())
        at.refuse("require_approval", "invalid_type", "must be a text or an object");
    for (auto const& [when, filter] : approval->items()) {
        auto const member = "require_approval." + when;
        if (when != "never" && when != "always")
            at.refuse(member, "unsupported_parameter", "only 'never' and 'always' are known");
        if (!filter.is_object()) at.refuse(member, "invalid_type", "must be an object");
        (when == "never" ? into.run_here_tools : into.ask_first_tools) =
            read_filter(at, member, filter);
    }
}

void read_allowed(element const& at, mcp_entry& into) {
    if (auto const* others = at.find("disallowed_tools"))
        into.disallowed_tools = read_names(at, "disallowed_tools", *others);
    auto const* allowed = at.find("allowed_tools");
    if (!allowed) return;
    into.allowed_tools = allowed->is_object() ? read_filter(at, "allowed_tools", *allowed)
                                              : read_names(at, "allowed_tools", *allowed);
}

server_index find_named(element const& at, std::string const& name, config const& config) {
    if (auto const* server = config.find_server(name))
        return static_cast<server_index>(server - config.servers.data());
    std::vector<std::string> names;
    std::vector<std::string> words;
    for (auto const& server : config.servers) {
        names.push_back(server.name);
        words.push_back(server.name);
        if (!server.alias.empty()) words.push_back(server.alias);
    }
    at.refuse("server_url", "mcp_server_not_found",
              "there is no MCP server " + shown(name) + "; known: " + listed(names) +
                  did_you_mean(name, words));
}

// True if `url` is the allowed one or lies below it. Text against text: two spellings of one
// address never match, so no parser's idea of 0x7f.1 or of a trailing dot decides.
bool lies_in(std::string_view url, http_url const& allowed) {
    if (!url.starts_with(allowed.text)) return false;
    auto const rest = url.substr(allowed.text.size());
    if (rest.empty()) return true;
    // "http://host:80" must not let in "http://host:8080", nor "http://host.evil".
    if (rest.front() != '/' && !(allowed.text.ends_with('/') && !allowed.path.empty()))
        return false;
    for (std::size_t i = 0; i < rest.size(); ++i) {
        char const c = rest[i];
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/' || c == '.';
        // A segment that begins with a dot could climb out again.
        bool const climbs = c == '.' && (i == 0 || rest[i - 1] == '/');
        if (!plain || climbs) return false;
    }
    return true;
}

server_index visit(element const& at, std::string const& url, mcp_entry const& entry,
                   config const& config, tool_selection& into) {
    for (std::size_t i = 0; i < into.visiting.size(); ++i)
        if (into.visiting[i].url.text == url) return config.servers.size() + i;

    mcp_server guest;
    guest.transport = mcp_transport::either_http;
    guest.url = parse_http_url(url);
    guest.tool_call = config.timeouts.tool_call;
    guest.tool_listing = config.timeouts.tool_listing;
    guest.name = entry.server_label.substr(0, 40);
    for (char& c : guest.name)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
    if (guest.name.empty())
        at.refuse("server_label", "missing_parameter", "a server named by its URL needs a label");
    // Under the name of another its tools could pass for the other's.
    for (auto const& server : into.visiting)
        if (server.name == guest.name)
            at.refuse("server_label", "duplicate_label",
                      shown(entry.server_label) + " already means another server");
    if (config.find_server(guest.name))
        at.refuse("server_label", "duplicate_label",
                  shown(entry.server_label) + " is the name of a configured server");
    into.visiting.push_back(std::move(guest));
    return config.servers.size() + into.visiting.size() - 1;
}

std::vector<server_index> find_servers(element const& at, mcp_entry const& entry,
                                       config const& config, tool_selection& into) {
    std::string_view const url = entry.server_url;
    if (url == all_servers || url == "litellm_proxy/mcp") {
        std::vector<server_index> all(config.servers.size());
        for (server_index i = 0; i < all.size(); ++i) all[i] = i;
        return all;
    }
    constexpr std::string_view one_server = "litellm_proxy/mcp/";
    if (url.starts_with(one_server))
        return {find_named(at, std::string(url.substr(one_server.size())), config)};
    if (url.starts_with(all_servers))
        at.refuse("server_url", "invalid_server_url",
                  shown(entry.server_url) +
                      " is not known; write 'litellm_proxy' for all MCP servers or "
                      "'litellm_proxy/mcp/NAME' for one");

    for (server_index i = 0; i < config.servers.size(); ++i)
        if (!config.servers[i].is_program() && config.servers[i].url.text == url) return {i};
    for (auto const& allowed : config.allowed_mcp_urls)
        if (lies_in(url, allowed)) return {visit(at, entry.server_url, entry, config, into)};
    at.refuse("server_url", "server_url_not_allowed",
              shown(entry.server_url) +
                  " is not allowed by the gateway's configuration; write 'litellm_proxy' or "
                  "'litellm_proxy/mcp/NAME', or have the URL added to allowed_mcp_urls");
}

mcp_entry read_mcp(element const& at, config const& config, tool_selection& into) {
    mcp_entry entry;
    for (auto const* member : {"headers", "authorization", "connector_id"})
        if (at.find(member))
            at.refuse(member, "unsupported_parameter",
                      "headers, keys and connectors come from the gateway's configuration only");
    auto const* url = at.find("server_url");
    if (!url || !url->is_string())
        at.refuse("server_url", "missing_parameter", "an MCP tool needs a 'server_url'");
    entry.server_url = url->get<std::string>();
    if (auto const* label = at.find("server_label")) {
        if (!label->is_string()) at.refuse("server_label", "invalid_type", "must be a text");
        entry.server_label = label->get<std::string>();
    }
    read_allowed(at, entry);
    read_approval(at, entry);
    entry.servers = find_servers(at, entry, config, into);
    return entry;
}

wire::tool read_function(element const& at) {
    auto const* function = at.find("function");
    if (!function || !function->is_object())
        at.refuse("function", "missing_parameter", "a function tool needs an object 'function'");
    auto const name = function->find("name");
    if (name == function->end() || !name->is_string() ||
        name->get_ref<std::string const&>().empty())
        at.refuse("function.name", "missing_parameter", "a function needs a name");

    wire::tool made;
    made.name = name->get<std::string>();
    made.parameters = json::object();
    made.original = at.value;
    auto const description = function->find("description");
    if (description != function->end() && !description->is_null()) {
        if (!description->is_string())
            at.refuse("function.description", "invalid_type", "must be a text");
        made.description = description->get<std::string>();
    }
    auto const parameters = function->find("parameters");
    if (parameters != function->end() && !parameters->is_null()) {
        if (!parameters->is_object())
            at.refuse("function.parameters", "invalid_type", "must be an object");
        made.parameters = *parameters;
    }
    return made;
}

}  // namespace

mcp_server const& tool_selection::server(config const& config, server_index index) const {
    auto const configured = config.servers.size();
    return index < configured ? config.servers[index] : visiting.at(index - configured);
}

std::vector<server_index> tool_selection::servers() const {
    std::vector<server_index> all;
    for (auto const& entry : entries)
        for (auto const index : entry.servers)
            if (std::find(all.begin(), all.end(), index) == all.end()) all.push_back(index);
    return all;
}

tool_selection select_tools(json const& tools, config const& config) {
    tool_selection made;
    if (tools.is_null()) return made;
    if (!tools.is_array())
        throw refused(
            {400, "invalid_request_error", "invalid_type", "tools: must be a list", "tools", {}});
    for (std::size_t i = 0; i < tools.size(); ++i) {
        element const at{tools[i], "tools[" + std::to_string(i) + "]"};
        if (!at.value.is_object()) at.refuse("", "invalid_type", "must be an object");
        auto const* type = at.find("type");
        if (!type || !type->is_string())
            at.refuse("type", "missing_parameter", "a tool needs a 'type': 'function' or 'mcp'");
        if (*type == "mcp") {
            made.entries.push_back(read_mcp(at, config, made));
            made.entries.back().position = i;
        } else if (*type == "function") {
            made.own.push_back(read_function(at));
        } else {
            auto const written = type->get<std::string>();
            at.refuse("type", "unknown_tool_type",
                      "the type " + shown(written) + " is not known; known: 'function' and 'mcp'" +
                          did_you_mean(written, {"function", "mcp"}));
        }
    }
    return made;
}

}  // namespace proxy
