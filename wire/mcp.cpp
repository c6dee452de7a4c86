#include "wire/mcp.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "wire/error.hpp"
#include "wire/json_members.hpp"

namespace wire::mcp {
namespace {

constexpr std::array<std::string_view, 4> revisions{revision, "2025-06-18", "2025-03-26",
                                                    "2024-11-05"};

[[noreturn]] void missing(std::string const& what) { fail(error::malformed, what); }

void need_object(nlohmann::json const& given, char const* whose) {
    if (!given.is_object()) missing(std::string(whose) + " is not an object");
}

// What a model can be told of one content block; empty if the block says nothing.
std::string block_text(nlohmann::json const& block) {
    auto const type = text_member(block, "type");
    if (type == "text") return text_member(block, "text");
    if (type == "resource") {
        auto const* resource = find_member(block, "resource");
        if (resource && resource->is_object())
            if (auto text = text_member(*resource, "text"); !text.empty()) return text;
    }
    return type.empty() ? std::string() : "[" + type + "]";
}

}  // namespace

bool knows_revision(std::string const& name) {
    return std::ranges::find(revisions, name) != revisions.end();
}

rpc_request initialize(rpc_id id, std::string const& client_name, std::string const& version) {
    return {std::move(id),
            "initialize",
            {{"protocolVersion", revision},
             {"capabilities", nlohmann::json::object()},
             {"clientInfo", {{"name", client_name}, {"version", version}}}}};
}

rpc_request list_tools(rpc_id id, std::optional<std::string> const& cursor) {
    auto params = nlohmann::json::object();
    if (cursor) params["cursor"] = *cursor;
    return {std::move(id), "tools/list", std::move(params)};
}

rpc_request call_tool(rpc_id id, std::string const& name, nlohmann::json arguments,
                      std::optional<nlohmann::json> progress_token) {
    nlohmann::json params{{"name", name}};
    params["arguments"] = arguments.is_null() ? nlohmann::json::object() : std::move(arguments);
    if (progress_token) params["_meta"] = {{"progressToken", std::move(*progress_token)}};
    return {std::move(id), "tools/call", std::move(params)};
}

rpc_notification initialized() { return {"notifications/initialized", nullptr}; }

rpc_notification cancelled(rpc_id const& request, std::string const& reason) {
    nlohmann::json params{{"requestId", to_json(request)}};
    if (!reason.empty()) params["reason"] = reason;
    return {"notifications/cancelled", std::move(params)};
}

rpc_notification progressed(progress const& made) {
    nlohmann::json params{{"progressToken", made.token}, {"progress", made.value}};
    if (made.total) params["total"] = *made.total;
    if (!made.message.empty()) params["message"] = made.message;
    return {"notifications/progress", std::move(params)};
}

std::string read_initialized(nlohmann::json const& result) {
    need_object(result, "the initialize result");
    auto version = text_member(result, "protocolVersion");
    if (version.empty()) missing("the initialize result names no protocolVersion");
    // basic/lifecycle, Version Negotiation: a client that does not know it hangs up.
    if (!knows_revision(version)) missing("revision " + version + " is not known here");
    return version;
}

tool_page read_tool_page(nlohmann::json const& result) {
    need_object(result, "the tools/list result");
    auto const* tools = find_member(result, "tools");
    if (!tools || !tools->is_array()) missing("the tools/list result has no array of tools");
    tool_page page;
    for (auto const& entry : *tools) {
        // Nobody can call a tool without a name or a schema; the others are none the worse for it.
        if (!entry.is_object()) continue;
        tool        told{text_member(entry, "name"), text_member(entry, "description"), nullptr};
        auto const* schema = find_member(entry, "inputSchema");
        if (told.name.empty() || !schema || !schema->is_object()) continue;
        told.input_schema = *schema;
        page.tools.push_back(std::move(told));
    }
    if (auto const* next = find_member(result, "nextCursor"); next && next->is_string())
        page.next_cursor = next->get<std::string>();
    return page;
}

call_result read_call_result(nlohmann::json const& result) {
    need_object(result, "the tools/call result");
    // Since 2026-07-28; before it, it was not there.
    auto const kind = text_member(result, "resultType");
    if (kind == "input_required") missing("the server asks for what nobody here can give");
    if (!kind.empty() && kind != "complete")
        missing("the tools/call result is of the type " + kind);
    call_result read;
    auto const* content = find_member(result, "content");
    auto const* structured = find_member(result, "structuredContent");
    if (content && !content->is_array()) missing("the tools/call result's content is no array");
    if (!content && !structured) missing("the tools/call result has no content");
    read.content = content ? *content : nlohmann::json::array();
    if (structured) read.structured = *structured;
    read.is_error = flag_member(result, "isError");
    return read;
}

progress read_progress(nlohmann::json const& params) {
    need_object(params, "progress");
    auto const* token = find_member(params, "progressToken");
    if (!token || !(token->is_string() || token->is_number_integer()))
        missing("progress without a token");
    auto const* value = find_member(params, "progress");
    if (!value || !value->is_number()) missing("progress without a number");
    progress read{*token, value->get<double>(), std::nullopt, text_member(params, "message")};
    if (auto const* total = find_member(params, "total"); total && total->is_number())
        read.total = total->get<double>();
    return read;
}

nlohmann::json initialize_result(std::string const& server_name, std::string const& agreed) {
    return {{"protocolVersion", agreed},
            {"capabilities", {{"tools", nlohmann::json::object()}}},
            {"serverInfo", {{"name", server_name}, {"version", "1.0.0"}}}};
}

nlohmann::json tool_page_result(tool_page const& page) {
    auto tools = nlohmann::json::array();
    for (auto const& told : page.tools) {
        nlohmann::json entry{{"name", told.name}};
        if (!told.description.empty()) entry["description"] = told.description;
        entry["inputSchema"] =
            told.input_schema.is_object() ? told.input_schema : nlohmann::json{{"type", "object"}};
        tools.push_back(std::move(entry));
    }
    nlohmann::json result{{"tools", std::move(tools)}};
    if (page.next_cursor) result["nextCursor"] = *page.next_cursor;
    return result;
}

nlohmann::json text_result(std::string const& text, bool is_error) {
    auto           blocks = nlohmann::json::array();
    nlohmann::json block{{"type", "text"}, {"text", text}};
    blocks.push_back(std::move(block));
    nlohmann::json result{{"content", std::move(blocks)}};
    if (is_error) result["isError"] = true;
    return result;
}

std::string to_model_text(call_result const& result) {
    std::string told;
    bool        first = true;
    for (auto const& block : result.content) {
        if (!block.is_object()) continue;
        auto const text = block_text(block);
        if (!first) told += '\n';
        first = false;
        told += text;
    }
    if (!told.empty()) return told;
    if (!result.structured.is_null()) return dump(result.structured);
    return "Tool executed successfully";
}

rpc_response answer_to_server(rpc_request const& asked) {
    rpc_response response;
    response.id = asked.id;
    if (asked.method == "ping") {
        response.result = nlohmann::json::object();
    } else {
        rpc_error error;
        error.code = rpc_method_not_found;
        error.message = "this client does not offer " + asked.method;
        response.error = std::move(error);
    }
    return response;
}

}  // namespace wire::mcp
