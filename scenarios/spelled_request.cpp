#include "scenarios/spelled_request.hpp"

namespace scenario {

namespace {

using json = nlohmann::ordered_json;

json schema_of_anything() { return {{"type", "object"}, {"properties", json::object()}}; }

// MCP servers are named alike everywhere.
void add_servers(json& body, common_request const& common, client_step const& s) {
    if (option(s, "no tools")) return;
    auto approval = option(s, "approval").value_or("never");
    if (approval != "never") approval = "always";
    for (auto const& server : common.servers) {
        json tool;
        tool["type"] = "mcp";
        tool["server_url"] = "litellm_proxy/mcp/" + server;
        tool["server_label"] = server;
        tool["require_approval"] = approval;
        body["tools"].push_back(std::move(tool));
    }
}

json begun(common_request const& common, client_step const& s) {
    json       body;
    auto const named = option(s, "model");
    auto const known = named ? common.models.find(*named) : common.models.end();
    body["model"] = known != common.models.end() ? known->second : named.value_or(common.model);
    return body;
}

void finish_head(json& body, common_request const& common, client_step const& s) {
    body["stream"] = !option(s, "unstreamed");
    if (common.body.is_object()) body.update(common.body);
}

json user_message(std::string const& text) { return {{"role", "user"}, {"content", text}}; }

spelled_request of_chat(common_request const& common, client_step const& s) {
    auto body = begun(common, s);
    body["messages"] = json::array();
    body["messages"].push_back(user_message(s.text));
    finish_head(body, common, s);
    if (option(s, "with usage")) body["stream_options"] = {{"include_usage", true}};
    add_servers(body, common, s);
    if (auto const name = option(s, "function"))
        body["tools"].push_back(
            {{"type", "function"},
             {"function", {{"name", *name}, {"parameters", schema_of_anything()}}}});
    return {"/v1/chat/completions", body.dump()};
}

spelled_request of_responses(common_request const& common, client_step const& s,
                             last_response const& last) {
    auto       body = begun(common, s);
    auto const word = option(s, "approval").value_or("");
    body["input"] = s.text;
    if (option(s, "continued")) body["previous_response_id"] = last.id;
    if (word == "given" || word == "denied") {
        body["input"] = json::array();
        for (auto const& id : last.approvals)
            body["input"].push_back({{"type", "mcp_approval_response"},
                                     {"approval_request_id", id},
                                     {"approve", word == "given"}});
        if (!s.text.empty()) body["input"].push_back(user_message(s.text));
    }
    finish_head(body, common, s);
    add_servers(body, common, s);
    if (auto const name = option(s, "function"))
        body["tools"].push_back(
            {{"type", "function"}, {"name", *name}, {"parameters", schema_of_anything()}});
    return {"/v1/responses", body.dump()};
}

spelled_request of_messages(common_request const& common, client_step const& s) {
    auto body = begun(common, s);
    body["max_tokens"] = 1000;
    body["messages"] = json::array();
    body["messages"].push_back(user_message(s.text));
    finish_head(body, common, s);
    add_servers(body, common, s);
    if (auto const name = option(s, "function"))
        body["tools"].push_back({{"name", *name}, {"input_schema", schema_of_anything()}});
    return {"/v1/messages", body.dump()};
}

}  // namespace

std::optional<std::string> option(client_step const& s, std::string const& name) {
    for (auto const& o : s.options) {
        if (o == name) return std::string();
        if (o.starts_with(name + ' ')) return o.substr(name.size() + 1);
    }
    return std::nullopt;
}

spelled_request spell(common_request const& common, client_step const& s,
                      last_response const& last) {
    auto const endpoint = option(s, "over").value_or("chat");
    if (endpoint == "responses") return of_responses(common, s, last);
    if (endpoint == "messages") return of_messages(common, s);
    return of_chat(common, s);
}

runtime::http_fields client_fields(std::string const& path, std::string const& key) {
    bool const           anthropic = path.ends_with("/messages");
    runtime::http_fields fields;
    if (!key.empty())
        fields.emplace_back(anthropic ? "x-api-key" : "Authorization",
                            anthropic ? key : "Bearer " + key);
    if (anthropic) fields.emplace_back("anthropic-version", "2023-06-01");
    return fields;
}

}  // namespace scenario
