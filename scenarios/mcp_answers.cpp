#include "scenarios/mcp_answers.hpp"

#include <algorithm>

#include "runtime/trace.hpp"
#include "scenarios/exchange.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

struct question_row {
    char const* method;
    char const* word;
};

constexpr question_row questions[] = {
    {"sampling/createMessage", "sampling"},
    {"elicitation/create", "elicitation"},
    {"roots/list", "roots"},
    {"ping", "ping"},
    {"tasks/get", "task"},
    {"tasks/result", "task-result"},
};

json filled_in(json const& schema) {
    auto       content = json::object();
    auto const properties = member(schema, "properties");
    if (!properties.is_object()) return content;
    for (auto const& [name, property] : properties.items()) {
        auto const type = member(property, "type");
        if (property.is_object() && property.contains("default"))
            content[name] = property["default"];
        else if (type == "integer" || type == "number")
            content[name] = 1;
        else if (type == "boolean")
            content[name] = true;
        else if (type == "array")
            content[name] = json::array();
        else if (auto const choices = member(property, "enum");
                 choices.is_array() && !choices.empty())
            content[name] = choices[0];
        else
            content[name] = "yes";
    }
    return content;
}

std::string number_of(json const& value) { return value.is_number() ? value.dump() : "?"; }

// The words of a result that is one text and nothing else.
std::string words_of_result(json const& result) {
    if (member(result, "resultType") == "complete") {
        auto said = result;
        for (auto const* of_the_era : {"resultType", "ttlMs", "cacheScope", "_meta"})
            said.erase(of_the_era);
        return words_of_result(said);
    }
    auto const content = member(result, "content");
    bool const plain = content.is_array() && content.size() == 1 && content[0].is_object() &&
                       content[0].size() == 2 && content[0].value("type", "") == "text" &&
                       (result.size() == 1 || (result.size() == 2 && result.contains("isError")));
    if (plain) return runtime::quoted(content[0].value("text", ""));
    return result.dump();
}

}  // namespace

std::string word_of_question(std::string const& method) {
    for (auto const& row : questions)
        if (method == row.method) return row.word;
    return method;
}

json sensible_answer(json const& request) {
    auto const     method = request.value("method", "");
    auto const     params = member(request, "params");
    json           answer{{"jsonrpc", "2.0"}, {"id", request["id"]}};
    // A client that works for a while: its tasks are over when they are asked for.
    constexpr char of_client[] = "task-of-the-client";
    json const     over{{"taskId", of_client},
                        {"status", "completed"},
                        {"createdAt", "2026-01-01T00:00:00Z"},
                        {"lastUpdatedAt", "2026-01-01T00:00:00Z"},
                        {"ttl", 60'000}};
    if (method == "ping") {
        answer["result"] = json::object();
    } else if (member(params, "task").is_object()) {
        answer["result"]["task"] = over;
        answer["result"]["task"]["status"] = "working";
    } else if (method == "tasks/get") {
        answer["result"] = over;
    } else if (method == "tasks/result") {
        answer["result"] = {{"role", "assistant"},
                            {"content", {{"type", "text"}, {"text", "I have thought."}}},
                            {"model", "scripted"}};
        answer["result"]["_meta"]["io.modelcontextprotocol/related-task"]["taskId"] = of_client;
    } else if (method == "roots/list") {
        answer["result"]["roots"] = json::array({{{"uri", "file:///work"}, {"name", "work"}}});
    } else if (method == "sampling/createMessage") {
        answer["result"] = {{"role", "assistant"},
                            {"content", {{"type", "text"}, {"text", "I think so."}}},
                            {"model", "scripted"}};
    } else if (method == "elicitation/create") {
        answer["result"]["action"] = "accept";
        if (member(params, "mode") != "url")
            answer["result"]["content"] = filled_in(member(params, "requestedSchema"));
    } else {
        answer["error"] = {{"code", -32601}, {"message", "this client does not offer " + method}};
    }
    return answer;
}

std::string with_task(std::string text, std::string const& task) {
    constexpr std::string_view place = "{{task}}";
    for (auto at = text.find(place); at != text.npos; at = text.find(place, at + task.size()))
        text.replace(at, place.size(), task);
    return text;
}

told told_of_notification(json const& message) {
    auto const method = message.value("method", "");
    auto const params = member(message, "params");
    if (method == "notifications/progress") {
        auto words = number_of(member(params, "progress"));
        if (auto const total = member(params, "total"); total.is_number())
            words += '/' + total.dump();
        if (auto const text = member(params, "message"); text.is_string())
            words += ' ' + runtime::quoted(text.get<std::string>());
        return {"progress", words};
    }
    if (method == "notifications/message") {
        auto const data = member(params, "data");
        auto const text = data.is_string() ? runtime::quoted(data.get<std::string>()) : data.dump();
        auto const level = member(params, "level");
        return {"log", (level.is_string() ? level.get<std::string>() : "?") + ' ' + text};
    }
    if (method == "notifications/cancelled") return {"cancel", {}};
    return {"notify", method};
}

told told_of_answer(std::string const& method, json const& message) {
    if (auto const error = member(message, "error"); error.is_object()) {
        auto const text = member(error, "message");
        return {"error", number_of(member(error, "code")) + ' ' +
                             runtime::quoted(text.is_string() ? text.get<std::string>() : "")};
    }
    auto const result = member(message, "result");
    if (method == "initialize") {
        auto const revision = member(result, "protocolVersion");
        return {"revision", revision.is_string() ? revision.get<std::string>() : "?"};
    }
    if (method == "server/discover") {
        std::string names;
        auto const  versions = member(result, "supportedVersions");
        if (versions.is_array())
            for (auto const& one : versions)
                names +=
                    (names.empty() ? "" : " ") + (one.is_string() ? one.get<std::string>() : "?");
        return {"revision", names};
    }
    if (method == "tools/list") {
        std::string names;
        auto const  tools = member(result, "tools");
        if (tools.is_array())
            for (auto const& tool : tools) names += ' ' + tool.value("name", "?");
        return {"tools", std::to_string(tools.is_array() ? tools.size() : 0) + names};
    }
    if (auto const task = member(result, "task"); method == "tools/call" && task.is_object())
        return {"task", task.value("status", "?")};
    if (method == "tasks/get" || method == "tasks/cancel")
        return {"task", result.value("status", "?")};
    if (auto const all = member(result, "tasks"); method == "tasks/list" && all.is_array())
        return {"tasks", std::to_string(all.size())};
    if (member(result, "isError") == true) return {"tool-error", words_of_result(result)};
    return {"result", words_of_result(result)};
}

}  // namespace scenario
