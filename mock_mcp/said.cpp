// The texts of a script, as results of a method and with what they take from a request.

#include "mock_mcp/menu.hpp"
#include "wire/json_members.hpp"
#include "wire/mcp.hpp"

namespace mock_mcp {

namespace {

using nlohmann::json;

std::string plain(json const& value) {
    return value.is_string() ? value.get<std::string>() : wire::dump(value);
}

}  // namespace

nlohmann::json known_of(wire::rpc_request const& request) {
    auto known = json::object();
    for (auto const* name : {"name", "uri"})
        if (auto const* value = wire::find_member(request.params, name)) known[name] = *value;
    auto const* arguments = wire::find_member(request.params, "arguments");
    if (arguments && arguments->is_object()) known.update(*arguments);
    known["id"] = wire::to_text(request.id);
    return known;
}

std::string filled(std::string text, nlohmann::json const& known) {
    std::size_t at = 0;
    while ((at = text.find("{{", at)) != text.npos) {
        auto const end = text.find("}}", at);
        if (end == text.npos) break;
        auto const name = text.substr(at + 2, end - at - 2);
        auto const found = known.is_object() ? known.find(name) : known.end();
        if (found == known.end()) {
            at += 2;
            continue;
        }
        auto const value = plain(*found);
        text.replace(at, end + 2 - at, value);
        at += value.size();
    }
    return text;
}

nlohmann::json filled(nlohmann::json const& value, nlohmann::json const& known) {
    if (value.is_string()) return filled(value.get<std::string>(), known);
    auto made = value;
    if (made.is_structured())
        for (auto& part : made) part = filled(json(part), known);
    return made;
}

nlohmann::json result_of(wire::rpc_request const& request, std::string const& text,
                         nlohmann::json const& known) {
    auto const& method = request.method;
    if (method == "tools/call") return wire::mcp::text_result(text);
    json result = json::object();
    if (method == "resources/read") {
        json content{{"text", text}};
        for (auto const* name : {"uri", "mimeType"})
            if (auto const* value = wire::find_member(known, name)) content[name] = *value;
        result["contents"] = json::array({std::move(content)});
    } else if (method == "prompts/get") {
        json content{{"type", "text"}, {"text", text}};
        json message{{"role", "user"}, {"content", std::move(content)}};
        result["messages"] = json::array({std::move(message)});
    } else if (method == "completion/complete") {
        result["completion"]["values"] = json::array({text});
    }
    return result;
}

std::string said_in(nlohmann::json const& answer) {
    if (auto const* content = wire::find_member(answer, "content"); content)
        if (auto const text = wire::text_member(*content, "text"); !text.empty()) return text;
    if (auto const action = wire::text_member(answer, "action"); !action.empty()) {
        auto const* content = wire::find_member(answer, "content");
        return content ? action + ' ' + wire::dump(*content) : action;
    }
    if (auto const* roots = wire::find_member(answer, "roots"); roots && roots->is_array()) {
        std::string all;
        for (auto const& root : *roots)
            all += (all.empty() ? "" : " ") + wire::text_member(root, "uri");
        return all;
    }
    return wire::dump(answer);
}

}  // namespace mock_mcp
