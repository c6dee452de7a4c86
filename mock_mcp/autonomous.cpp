// What a server answers by itself where its script says nothing: from the tools, resources and
// prompts that the script has.

#include <algorithm>

#include "mock_mcp/mock_mcp.hpp"
#include "wire/json_members.hpp"

namespace mock_mcp {

namespace {

using nlohmann::json;

bool is_template(std::string const& uri) { return uri.find('{') != uri.npos; }

// "file:///{path}" with "file:///a/b" is a match: what stands before and behind the braces does.
bool is_of(std::string const& uri, std::string const& form) {
    auto const begin = form.find('{');
    if (begin == form.npos) return uri == form;
    auto const end = form.find('}', begin);
    auto const behind = end == form.npos ? std::string() : form.substr(end + 1);
    return uri.size() >= begin + behind.size() && uri.starts_with(form.substr(0, begin)) &&
           uri.ends_with(behind);
}

std::string filled(std::string text, json const& arguments) {
    if (!arguments.is_object()) return text;
    for (auto const& [name, value] : arguments.items()) {
        auto const place = '{' + name + '}';
        auto const said = value.is_string() ? value.get<std::string>() : value.dump();
        for (auto at = text.find(place); at != text.npos; at = text.find(place, at + said.size()))
            text.replace(at, place.size(), said);
    }
    return text;
}

json listed_resources(std::vector<resource_script> const& all, bool templates) {
    auto list = json::array();
    for (auto const& one : all)
        if (is_template(one.uri) == templates)
            list.push_back({{templates ? "uriTemplate" : "uri", one.uri},
                            {"name", one.uri.substr(one.uri.rfind('/') + 1)},
                            {"mimeType", "text/plain"}});
    return list;
}

json listed_prompts(std::vector<prompt_script> const& all) {
    auto list = json::array();
    for (auto const& one : all) {
        json prompt{{"name", one.name}, {"description", "The scripted prompt " + one.name + "."}};
        prompt["arguments"] = json::array();
        if (one.arguments.is_object())
            for (auto const& [name, values] : one.arguments.items())
                prompt["arguments"].push_back({{"name", name}, {"required", true}});
        list.push_back(std::move(prompt));
    }
    return list;
}

// The values of an argument that begin as what is there so far.
json completed(json const& known, std::string const& begun) {
    auto values = json::array();
    if (known.is_array())
        for (auto const& value : known)
            if (value.is_string() && value.get<std::string>().starts_with(begun))
                values.push_back(value);
    json completion;
    completion["total"] = values.size();
    completion["hasMore"] = false;
    completion["values"] = std::move(values);
    return completion;
}

}  // namespace

nlohmann::json mock_mcp::page_of_tools(nlohmann::json const& params) const {
    std::vector<wire::mcp::tool> all;
    for (auto const& tool : script_.tools) {
        bool const again =
            std::any_of(all.begin(), all.end(), [&](auto const& t) { return t.name == tool.name; });
        if (!again)
            all.push_back({tool.name, "The scripted tool " + tool.name + ".",
                           widened_schema(tool.parameters)});
    }
    std::size_t from = 0;
    if (params.is_object() && params.contains("cursor") && params["cursor"].is_string()) {
        auto const cursor = params["cursor"].get<std::string>();
        if (cursor.starts_with("page-")) from = std::strtoul(cursor.c_str() + 5, nullptr, 10);
    }
    wire::mcp::tool_page page;
    auto const           size =
        script_.page_size > 0 ? static_cast<std::size_t>(script_.page_size) : all.size();
    for (auto i = from; i < all.size() && i < from + size; ++i) page.tools.push_back(all[i]);
    if (from + size < all.size()) page.next_cursor = "page-" + std::to_string(from + size);
    auto result = wire::mcp::tool_page_result(page);
    for (auto& told : result["tools"])
        for (auto const& tool : script_.tools)
            if (told["name"] == tool.name && !tool.task.empty())
                told["execution"]["taskSupport"] = tool.task;
    return result;
}

// What is a method of this server, with a name or an address that it does not have, is refused as
// such.
runtime::awaitable<void> mock_mcp::answer_by_itself(wire::rpc_request const& request, reply& to) {
    auto result = sensible_result(request);
    if (result) co_return co_await answer_result(request, std::move(*result), to);
    auto const& method = request.method;
    auto const  can = capabilities();
    bool const  about_nothing = (method == "resources/read" && can.contains("resources")) ||
                               (method == "prompts/get" && can.contains("prompts")) ||
                               (method == "completion/complete" && can.contains("completions"));
    // -32002 is the code of a resource that is not there up to 2025-11-25.
    constexpr int no_resource = -32002;
    int           code = about_nothing ? wire::rpc_invalid_params : wire::rpc_method_not_found;
    if (about_nothing && method == "resources/read" && !to.modern) code = no_resource;
    auto why = (about_nothing ? "there is nothing of that name: " : "there is no method ") + method;
    co_await answer_error(request, code, std::move(why), to);
}

std::optional<nlohmann::json> mock_mcp::sensible_result(wire::rpc_request const& request) {
    auto const& method = request.method;
    auto const  params = request.params.is_object() ? request.params : json::object();
    json        result = json::object();
    if (method == "ping") return result;
    if (method == "logging/setLevel") {
        auto const can = capabilities();
        if (!can.contains("logging")) return std::nullopt;
        level_ = wire::text_member(params, "level");
        return result;
    }
    bool const has_resources = !script_.resources.empty();
    if (has_resources && method == "resources/list") {
        result["resources"] = listed_resources(script_.resources, false);
        return result;
    }
    if (has_resources && method == "resources/templates/list") {
        result["resourceTemplates"] = listed_resources(script_.resources, true);
        return result;
    }
    if (has_resources && (method == "resources/subscribe" || method == "resources/unsubscribe"))
        return result;
    if (has_resources && method == "resources/read") {
        auto const uri = wire::text_member(params, "uri");
        for (auto const& one : script_.resources) {
            if (!is_of(uri, one.uri)) continue;
            result["contents"] =
                json::array({{{"uri", uri}, {"mimeType", "text/plain"}, {"text", one.text}}});
            return result;
        }
    }
    if (!script_.prompts.empty() && method == "prompts/list") {
        result["prompts"] = listed_prompts(script_.prompts);
        return result;
    }
    bool const completes = method == "completion/complete";
    auto const ref = completes ? params.value("ref", json::object()) : params;
    auto const name = wire::text_member(ref, "name");
    if (method != "prompts/get" && !completes) return std::nullopt;
    for (auto const& one : script_.prompts) {
        if (one.name != name) continue;
        if (completes) {
            auto const argument = params.value("argument", json::object());
            auto const known = one.arguments.value(wire::text_member(argument, "name"), json());
            result["completion"] = completed(known, wire::text_member(argument, "value"));
            return result;
        }
        auto const text = filled(one.text, params.value("arguments", json::object()));
        result["messages"] =
            json::array({{{"role", "user"}, {"content", {{"type", "text"}, {"text", text}}}}});
        return result;
    }
    return std::nullopt;
}

}  // namespace mock_mcp
