// The scripted client in revision 2026-07-28: who asks is said in each request.

#include <algorithm>

#include "scenarios/exchange.hpp"
#include "scenarios/mcp_answers.hpp"
#include "scenarios/mcp_client.hpp"
#include "wire/mcp_modern.hpp"

namespace scenario {

namespace {

using json = nlohmann::json;

bool same_name(std::string const& a, std::string const& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

void set(runtime::http_fields& fields, std::string const& name, std::string const& value) {
    std::erase_if(fields, [&](auto const& field) { return same_name(field.first, name); });
    fields.emplace_back(name, value);
}

}  // namespace

void say_who(json& message, std::string const& name, std::vector<std::string> const& options) {
    auto& meta = message["params"]["_meta"];
    json  all{{wire::mcp::meta_version, wire::mcp::modern_revision}};
    all[wire::mcp::meta_capabilities] = {
        {"roots", json::object()}, {"sampling", json::object()}, {"elicitation", json::object()}};
    all[wire::mcp::meta_client] = {{"name", name}, {"version", "1.0"}};
    for (auto const& [key, value] : all.items())
        if (!meta.contains(key)) meta[key] = value;
    for (auto const& option : options) {
        if (option == "without _meta") message["params"].erase("_meta");
        if (option == "without clientCapabilities" && message["params"].contains("_meta"))
            message["params"]["_meta"].erase(wire::mcp::meta_capabilities);
    }
}

runtime::http_fields mcp_client::headers_of(exchange const& e, std::string const& method,
                                            std::string const& body) const {
    runtime::http_fields fields{{"Host", runtime::to_text(gateway_)}};
    fields.emplace_back(
        "Accept", method == "GET" ? "text/event-stream" : "application/json, text/event-stream");
    if (!step_key_.empty()) fields.emplace_back("Authorization", "Bearer " + step_key_);
    if (e.modern) {
        for (auto const& field : wire::mcp::headers_of(body)) fields.push_back(field);
    } else {
        if (!e.at->id.empty()) fields.emplace_back("MCP-Session-Id", e.at->id);
        if (!e.at->revision.empty()) fields.emplace_back("MCP-Protocol-Version", e.at->revision);
        if (method == "GET" && !e.last_event.empty())
            fields.emplace_back("Last-Event-ID", e.last_event);
    }
    if (method == "POST") {
        fields.emplace_back("Content-Type", "application/json");
        fields.emplace_back("Content-Length", std::to_string(body.size()));
    }
    for (auto const& option : e.options) {
        if (option.starts_with("without "))
            std::erase_if(fields,
                          [&](auto const& f) { return same_name(f.first, option.substr(8)); });
        auto const colon = option.find(':');
        if (!option.starts_with("header ") || colon == option.npos) continue;
        auto const value = option.find_first_not_of(' ', colon + 1);
        set(fields, option.substr(7, colon - 7), value == option.npos ? "" : option.substr(value));
    }
    return fields;
}

// The server wants to know something first: the same request once more, with the answers.
runtime::awaitable<void> mcp_client::ask_again(exchange_pointer before, json result) {
    auto const asked = member(result, "inputRequests");
    json       responses;
    for (auto const& [key, question] : asked.items()) {
        auto const method = question.value("method", "");
        note(before->number, false, "ask", word_of_question(method));
        json       request{{"id", 0}, {"method", method}, {"params", member(question, "params")}};
        auto const said = sensible_answer(request);
        if (said.contains("result")) responses[key] = said["result"];
    }
    if (before->silent) co_return;
    auto e = std::make_shared<exchange>();
    e->number = before->number;
    e->at = before->at;
    e->id = before->at->next_id++;
    e->method = before->method;
    e->what = before->what;
    e->options = before->options;
    e->modern = true;
    e->params = before->params;
    if (!responses.is_null()) e->params["inputResponses"] = responses;
    if (result.contains("requestState")) e->params["requestState"] = result["requestState"];
    std::string words;
    for (auto const& [key, question] : asked.items())
        words += (words.empty() ? "" : " ") + word_of_question(question.value("method", ""));
    co_await post(std::move(e), "answer", std::move(words));
}

}  // namespace scenario
