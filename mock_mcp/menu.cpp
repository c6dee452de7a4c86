// Lists, templates and completion, out of what a script has.

#include "mock_mcp/menu.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>

#include "mock_mcp/questions.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp.hpp"

namespace mock_mcp {

namespace {

using nlohmann::json;

bool has_step(mcp_script const& script, std::function<bool(mcp_step const&)> const& is_it) {
    auto const among = [&](auto const& sections) {
        return std::ranges::any_of(
            sections, [&](auto const& one) { return std::ranges::any_of(one.steps, is_it); });
    };
    return among(script.tools) || among(script.resources) || among(script.prompts) ||
           among(script.methods);
}

bool is_template(std::string_view uri) { return uri.find('{') != uri.npos; }

bool has_variable(std::string_view uri, std::string const& name) {
    return uri.find('{' + name + '}') != uri.npos;
}

json tool_entry(tool_script const& tool) {
    json entry{{"name", tool.name},
               {"description", "The scripted tool " + tool.name + "."},
               {"inputSchema", widened_schema(tool.parameters)}};
    if (!tool.task.empty()) entry["execution"]["taskSupport"] = tool.task;
    return entry;
}

json prompt_entry(prompt_script const& prompt) {
    json entry{{"name", prompt.name}, {"description", "The scripted prompt " + prompt.name + "."}};
    for (auto const& [name, about] : prompt.arguments.items()) {
        json argument{{"name", name}, {"required", true}};
        argument["description"] = about.is_string() ? about : json("The argument " + name + ".");
        entry["arguments"].push_back(std::move(argument));
    }
    return entry;
}

json resource_entry(resource_script const& resource) {
    json entry{{is_template(resource.uri) ? "uriTemplate" : "uri", resource.uri},
               {"name", resource.uri},
               {"mimeType", "text/plain"}};
    for (auto const& [name, value] : resource.about.items())
        if (!has_variable(resource.uri, name)) entry[name] = value;
    return entry;
}

// Each name once: further sections of it are its further requests.
template <class Sections, class Entry>
json entries_of(Sections const& sections, char const* key, Entry entry) {
    auto all = json::array();
    for (auto const& one : sections) {
        auto       made = entry(one);
        bool const again =
            std::ranges::any_of(all, [&](json const& e) { return e[key] == made[key]; });
        if (!again) all.push_back(std::move(made));
    }
    return all;
}

json resources_of(mcp_script const& script, bool templates) {
    std::vector<resource_script> wanted;
    for (auto const& one : script.resources)
        if (is_template(one.uri) == templates) wanted.push_back(one);
    return entries_of(wanted, templates ? "uriTemplate" : "uri", resource_entry);
}

json all_tools(mcp_script const& script) {
    auto all = entries_of(script.tools, "name", tool_entry);
    for (int i = 1; i <= script.more_tools; ++i)
        all.push_back({{"name", "filler-" + std::to_string(i)},
                       {"inputSchema", widened_schema(json::object())}});
    return all;
}

wire::rpc_response refusal(std::string message) {
    wire::rpc_response said;
    said.error.emplace();
    said.error->code = wire::rpc_invalid_params;
    said.error->message = std::move(message);
    return said;
}

wire::rpc_response page_of(json const& all, char const* member, mcp_script const& script,
                           json const& params) {
    constexpr std::string_view begin = "page-";
    std::size_t                from = 0;
    if (auto const* cursor = wire::find_member(params, "cursor")) {
        auto const text = cursor->is_string() ? cursor->get<std::string>() : std::string();
        if (text.starts_with(begin)) from = std::strtoul(text.c_str() + begin.size(), nullptr, 10);
        if (from == 0 || from >= all.size()) return refusal("there is no such page");
    }
    auto const size =
        script.page_size > 0 ? static_cast<std::size_t>(script.page_size) : all.size();
    wire::rpc_response said;
    auto&              entries = said.result[member] = json::array();
    for (auto i = from; i < all.size() && i < from + size; ++i) entries.push_back(all[i]);
    if (from + size < all.size())
        said.result["nextCursor"] = std::string(begin) + std::to_string(from + size);
    return said;
}

// What is known of an argument: the values that the script lists.
wire::rpc_response completion(mcp_script const& script, json const& params) {
    auto const  nothing = json::object();
    auto const* ref = wire::find_member(params, "ref");
    auto const* argument = wire::find_member(params, "argument");
    if (!ref || !argument) return refusal("a completion has a ref and an argument");
    auto const  name = wire::text_member(*argument, "name");
    json const* values = nullptr;
    bool        found = false;
    auto const  look_in = [&](json const& about) {
        found = true;
        if (!values) values = wire::find_member(about, name.c_str());
    };
    for (auto const& prompt : script.prompts)
        if (wire::text_member(*ref, "type") == "ref/prompt" &&
            prompt.name == wire::text_member(*ref, "name"))
            look_in(prompt.arguments);
    for (auto const& resource : script.resources)
        if (wire::text_member(*ref, "type") == "ref/resource" &&
            resource.uri == wire::text_member(*ref, "uri"))
            look_in(has_variable(resource.uri, name) ? resource.about : nothing);
    if (!found) return refusal("there is nothing of that name to complete");
    constexpr std::size_t values_max = 100;  // server/utilities/completion
    auto const            typed = wire::text_member(*argument, "value");
    auto                  fitting = json::array();
    std::size_t           total = 0;
    if (values && values->is_array())
        for (auto const& value : *values)
            if (value.is_string() && value.get_ref<std::string const&>().starts_with(typed) &&
                ++total <= values_max)
                fitting.push_back(value);
    wire::rpc_response said;
    said.result["completion"] = {
        {"values", std::move(fitting)}, {"total", total}, {"hasMore", total > values_max}};
    return said;
}

}  // namespace

bool announces(mcp_script const& script, std::string_view what) {
    return has_step(
        script, [&](mcp_step const& s) { return s.verb == mcp_verb::announce && s.words == what; });
}

bool announces_something(mcp_script const& script) {
    return has_step(script, [](mcp_step const& s) { return s.verb == mcp_verb::announce; });
}

nlohmann::json capabilities_of(mcp_script const& script) {
    json all;
    all["tools"] = json::object();
    if (!script.prompts.empty()) all["prompts"] = json::object();
    if (!script.resources.empty()) all["resources"]["subscribe"] = true;
    if (!script.prompts.empty() || !resources_of(script, true).empty())
        all["completions"] = json::object();
    if (has_step(script, [](mcp_step const& s) { return s.verb == mcp_verb::log; }))
        all["logging"] = json::object();
    for (auto const* what : {"tools", "prompts", "resources"})
        if (announces(script, what)) all[what]["listChanged"] = true;
    for (auto const& section : script.methods) offer_for(section.method, all);
    if (std::ranges::any_of(script.tools, [](tool_script const& t) { return !t.task.empty(); }))
        all["tasks"] = {{"list", json::object()},
                        {"cancel", json::object()},
                        {"requests", {{"tools", {{"call", json::object()}}}}}};
    return all;
}

std::optional<wire::rpc_response> from_menu(mcp_script const&        script,
                                            wire::rpc_request const& request) {
    auto const page = [&](json const& all, char const* member) {
        return page_of(all, member, script, request.params);
    };
    auto const& method = request.method;
    if (method == "tools/list") return page(all_tools(script), "tools");
    if (method == "prompts/list" && !script.prompts.empty())
        return page(entries_of(script.prompts, "name", prompt_entry), "prompts");
    bool const resources = !script.resources.empty();
    if (method == "resources/list" && resources)
        return page(resources_of(script, false), "resources");
    if (method == "resources/templates/list" && resources)
        return page(resources_of(script, true), "resourceTemplates");
    if (method == "completion/complete" && capabilities_of(script).contains("completions"))
        return completion(script, request.params);
    return std::nullopt;
}

std::optional<wire::rpc_response> from_session(mcp_script const&        script,
                                               wire::rpc_request const& request, visitor& who) {
    auto const&        method = request.method;
    auto const&        params = request.params;
    auto const         can = capabilities_of(script);
    wire::rpc_response said;
    said.result = json::object();
    if (method == "initialize") {
        said.result = hello_of(script, params);
        who.revision = said.result["protocolVersion"];
        return said;
    }
    if (method == "ping") return said;
    if (method == "logging/setLevel" && can.contains("logging")) {
        auto const level = wire::text_member(params, "level");
        if (!log_rank(level)) return refusal("there is no level '" + level + "'");
        who.log_level = level;
        return said;
    }
    bool const subscribes = method == "resources/subscribe";
    if (!script.resources.empty() && (subscribes || method == "resources/unsubscribe")) {
        auto const uri = wire::text_member(params, "uri");
        bool const known = std::ranges::any_of(script.resources, [&](resource_script const& r) {
            return variables_of(r.uri, uri).has_value();
        });
        if (!known) {
            said.error = unknown_resource(uri, false);
        } else if (subscribes) {
            who.subscriptions.insert(uri);
        } else {
            who.subscriptions.erase(uri);
        }
        return said;
    }
    return std::nullopt;
}

std::optional<std::size_t> log_rank(std::string_view level) {
    constexpr std::array<std::string_view, 8> levels{"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};
    auto const                                at = std::ranges::find(levels, level);
    if (at == levels.end()) return std::nullopt;
    return static_cast<std::size_t>(at - levels.begin());
}

nlohmann::json hello_of(mcp_script const& script, nlohmann::json const& params) {
    auto const wanted = wire::text_member(params, "protocolVersion");
    // Revisions are dates: their order is that of their names.
    bool const speaks =
        script.any_revision && wire::mcp::knows_revision(wanted) && wanted < script.revision;
    auto hello =
        wire::mcp::initialize_result(script.name, speaks ? wanted : std::string(script.revision));
    hello["capabilities"] = capabilities_of(script);
    return hello;
}

std::optional<nlohmann::json> variables_of(std::string_view uri_template, std::string_view uri) {
    auto found = json::object();
    for (;;) {
        auto const open = uri_template.find('{');
        auto const plain = uri_template.substr(0, open);
        if (!uri.starts_with(plain)) return std::nullopt;
        uri.remove_prefix(plain.size());
        if (open == uri_template.npos) break;
        auto const close = std::min(uri_template.find('}', open), uri_template.size() - 1);
        auto const name = uri_template.substr(open + 1, close - open - 1);
        uri_template.remove_prefix(close + 1);
        auto const next = uri_template.substr(0, 1);
        auto const end = next.empty() ? uri.find('/') : uri.find(next);
        auto const value = uri.substr(0, end);
        if (value.empty()) return std::nullopt;
        found[std::string(name)] = std::string(value);
        uri.remove_prefix(value.size());
    }
    if (!uri.empty()) return std::nullopt;
    return found;
}

wire::rpc_error unknown_resource(std::string const& uri, bool modern) {
    constexpr int   not_found = -32002;  // up to 2025-11-25
    wire::rpc_error why;
    why.code = modern ? wire::rpc_invalid_params : not_found;
    why.message = "there is no resource " + uri;
    why.data["uri"] = uri;
    return why;
}

}  // namespace mock_mcp
