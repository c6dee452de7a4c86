#include "mock_mcp/script.hpp"

namespace mock_mcp {

nlohmann::json widened_schema(nlohmann::json const& parameters) {
    if (parameters.is_object() && parameters.contains("type") && parameters["type"] == "object" &&
        parameters.contains("properties"))
        return parameters;
    nlohmann::json schema;
    schema["type"] = "object";
    schema["properties"] = nlohmann::json::object();
    schema["required"] = nlohmann::json::array();
    if (parameters.is_object())
        for (auto const& [name, type] : parameters.items()) {
            if (type.is_string())
                schema["properties"][name]["type"] = type;
            else
                schema["properties"][name] = type;
            schema["required"].push_back(name);
        }
    return schema;
}

}  // namespace mock_mcp
