#include "proxy/chat_metadata.hpp"

namespace proxy {

nlohmann::json chat_metadata(ending const& end) {
    if (!end.tools) return nullptr;
    nlohmann::json metadata;
    auto&          list = metadata["mcp_list_tools"] = nlohmann::json::array();
    for (auto const& tool : *end.tools) {
        nlohmann::json one;
        one["type"] = "function";
        one["function"]["name"] = tool.told->name;
        one["function"]["description"] = tool.told->description;
        one["function"]["parameters"] = tool.told->parameters;
        one["function"]["strict"] = false;
        list.push_back(std::move(one));
    }
    for (auto const& c : end.calls) {
        nlohmann::json one;
        one["id"] = c.whole.id;
        one["type"] = "function";
        one["function"]["name"] = c.whole.name;
        one["function"]["arguments"] = c.whole.arguments;
        metadata["mcp_tool_calls"].push_back(std::move(one));
        nlohmann::json result;
        result["tool_call_id"] = c.whole.id;
        result["result"] = c.result;
        result["name"] = c.whole.name;
        metadata["mcp_call_results"].push_back(std::move(result));
    }
    return metadata;
}

}  // namespace proxy
