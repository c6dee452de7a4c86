#include "proxy/mcp_tasks.hpp"

#include "proxy/mcp_lists.hpp"
#include "wire/json_slices.hpp"

namespace proxy {

namespace {

constexpr std::string_view related = "io.modelcontextprotocol/related-task";

constexpr std::string_view in_params[] = {"params", "taskId"};
constexpr std::string_view in_result[] = {"result", "taskId"};
constexpr std::string_view kind_of_result[] = {"result", "resultType"};
constexpr std::string_view begun[] = {"result", "task", "taskId"};
constexpr std::string_view of_params[] = {"params", "_meta", related, "taskId"};
constexpr std::string_view of_result[] = {"result", "_meta", related, "taskId"};

std::string prefixed(std::string text, wire::json_path path, std::string const& prefix) {
    auto const id = wire::slice(text, path);
    if (!id || !id->starts_with('"')) return text;
    auto const name = spelled(prefix + '-' + text_of(*id));
    return wire::with_value(text, path, name);
}

std::string unprefixed(std::string text, wire::json_path path, std::string const& prefix) {
    auto const id = text_of(wire::slice(text, path).value_or("null"));
    if (!id.starts_with(prefix + '-')) return text;
    return wire::with_value(text, path, spelled(id.substr(prefix.size() + 1)));
}

}  // namespace

std::string with_task_prefix(std::string text, std::string_view method, std::string const& prefix) {
    // Since 2026-07-28 a call that has become a task is told of as the task itself is.
    bool const became = method == "tools/call" && wire::slice(text, kind_of_result) == R"("task")";
    bool const of_task = became || (method.starts_with("tasks/") && method != "tasks/result");
    if (method == "tools/call") text = prefixed(std::move(text), begun, prefix);
    if (of_task) text = prefixed(std::move(text), in_result, prefix);
    if (method == "notifications/tasks/status") text = prefixed(std::move(text), in_params, prefix);
    text = prefixed(std::move(text), of_result, prefix);
    return prefixed(std::move(text), of_params, prefix);
}

std::string without_task_prefix(std::string text, std::string const& prefix) {
    text = unprefixed(std::move(text), of_result, prefix);
    return unprefixed(std::move(text), of_params, prefix);
}

std::optional<std::string> task_in(std::string_view request) {
    auto const id = wire::slice(request, in_params);
    if (!id) return std::nullopt;
    return text_of(*id);
}

std::string with_task(std::string request, std::string const& id) {
    return wire::with_value(request, in_params, spelled(id));
}

std::optional<std::string> task_begun(std::string_view answer) {
    auto const id = wire::slice(answer, begun);
    if (!id) return std::nullopt;
    return text_of(*id);
}

}  // namespace proxy
