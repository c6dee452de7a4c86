#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/mcp_examination.hpp"
#include "scenarios/mcp_rules.hpp"

// A conversation of MCP, written by hand: as an examination would have kept it, or, once it is
// `traced`, as a trace would.
class talk {
public:
    using json = nlohmann::json;
    using milliseconds = std::chrono::milliseconds;
    using conversation = scenario::mcp_conversation;

    conversation c;

    static json request(json id, std::string const& method, json params = nullptr) {
        json message{{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}};
        if (!params.is_null()) message["params"] = std::move(params);
        return message;
    }
    static json notice(std::string const& method, json params = nullptr) {
        json message{{"jsonrpc", "2.0"}, {"method", method}};
        if (!params.is_null()) message["params"] = std::move(params);
        return message;
    }
    static json result_of(json id, json result = json::object()) {
        return {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"result", std::move(result)}};
    }
    static json error_of(json id, int code, json data = nullptr) {
        json error{{"code", code}, {"message", "no"}};
        if (!data.is_null()) error["data"] = std::move(data);
        return {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"error", std::move(error)}};
    }
    static json call(json id, std::string const& name = "slow", json token = nullptr) {
        json params{{"name", name}};
        if (!token.is_null()) params["_meta"]["progressToken"] = std::move(token);
        return request(std::move(id), "tools/call", std::move(params));
    }
    static json call_params(int id) {
        json params{{"name", "slow"}};
        params["_meta"]["progressToken"] = id;
        return params;
    }
    static json progress_of(json token, double value) {
        json note = notice("notifications/progress");
        note["params"]["progressToken"] = std::move(token);
        note["params"]["progress"] = value;
        return note;
    }
    static json cancel_of(json id) {
        return notice("notifications/cancelled", {{"requestId", std::move(id)}});
    }

    // Messages alone, as over standard streams.
    talk& asks(json message, std::string probe = {}, bool modern = false) {
        return add(false, std::move(message), std::move(probe), modern, 0);
    }
    talk& sends(int id, std::string const& method, std::string probe = {}, json params = nullptr,
                bool modern = false) {
        return asks(request(id, method, std::move(params)), std::move(probe), modern);
    }
    talk& says(json message, std::string probe = {}, bool modern = false) {
        return add(true, std::move(message), std::move(probe), modern, 0);
    }
    talk& result(json id, json result = json::object(), bool modern = false) {
        return says(result_of(std::move(id), std::move(result)), {}, modern);
    }
    talk& error(json id, int code) { return says(error_of(std::move(id), code)); }
    talk& progress(json token, double value, std::string probe = {}) {
        return says(progress_of(std::move(token), value), std::move(probe));
    }
    // A call with a token, which is its id.
    talk& calls(int id, std::string probe = {}) {
        return sends(id, "tools/call", std::move(probe), call_params(id));
    }
    talk& cancels(json id) { return asks(cancel_of(std::move(id))); }
    // initialize, its answer, and notifications/initialized.
    talk& hello(json offered = json::object(), json declared = json::object(),
                std::string const& revision = "2025-11-25") {
        json params{{"protocolVersion", "2025-11-25"}, {"capabilities", std::move(declared)}};
        params["clientInfo"] = {{"name", "c"}, {"version", "1"}};
        asks(request(900, "initialize", std::move(params)));
        result(900, {{"protocolVersion", revision}, {"capabilities", std::move(offered)}});
        return asks(notice("notifications/initialized"));
    }

    talk& later(runtime::duration by = std::chrono::seconds(1)) {
        now_ += by;
        return *this;
    }
    talk& traced(std::string client = "client", std::string server = "proxy") {
        c.client = std::move(client);
        c.server = std::move(server);
        return *this;
    }
    talk& scope(std::uint64_t number) {
        scope_ = number;
        return *this;
    }

    // An exchange and its messages, as over HTTP.
    talk& posts(json body, std::string probe = {}, bool modern = false) {
        auto& x = exchange("POST", std::move(probe));
        x.body = body.dump();
        x.modern = modern;
        x.request.fields = {{"Accept", "application/json, text/event-stream"},
                            {"Content-Type", "application/json"},
                            {"Host", "localhost"}};
        return add(false, std::move(body), x.probe, modern, x.number);
    }
    talk& gets(std::string last = {}, std::string probe = {}) {
        auto& x = exchange("GET", probe.empty() ? last.empty() ? "listen" : "resume" : probe);
        x.request.fields = {{"Accept", "text/event-stream"}, {"Host", "localhost"}};
        if (!last.empty()) x.request.fields.emplace_back("Last-Event-ID", std::move(last));
        return field("Content-Type", "text/event-stream");
    }
    talk& deletes() {
        exchange("DELETE", {});
        return *this;
    }
    talk& replies(json body) {
        auto& x = c.exchanges.back();
        x.answer = body.dump();
        x.fields = {{"Content-Type", "application/json"}};
        x.over_at = now_;
        return add(true, std::move(body), x.probe, x.modern, x.number);
    }
    talk& tells(json message, std::string id = {}) {
        event(std::move(id), message.dump());
        return add(true, std::move(message), c.exchanges.back().probe, c.exchanges.back().modern,
                   c.exchanges.back().number);
    }
    talk& event(std::string id, std::string data = {}, std::string type = "message",
                long retry = -1) {
        auto& x = c.exchanges.back();
        if (!x.streams()) x.fields = {{"Content-Type", "text/event-stream"}};
        x.events.push_back({std::move(id), std::move(type), std::move(data), now_, retry, {}});
        x.over_at = now_;
        return *this;
    }
    talk& leaves() {
        c.exchanges.back().left = true;
        c.exchanges.back().over = false;
        c.exchanges.back().over_at = now_;
        return *this;
    }
    talk& ends_now() {
        c.exchanges.back().over_at = now_;
        return *this;
    }
    talk& stays_open() {
        c.exchanges.back().over = false;
        return *this;
    }
    talk& broken(std::string why = "cut off") {
        c.exchanges.back().trouble = std::move(why);
        return *this;
    }
    talk& status(unsigned code) {
        c.exchanges.back().status = code;
        return *this;
    }
    talk& sent(std::string name, std::string value) {
        auto& fields = c.exchanges.back().request.fields;
        std::erase_if(fields, [&](auto const& f) { return f.first == name; });
        fields.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    talk& target(std::string path) {
        c.exchanges.back().request.target = std::move(path);
        return *this;
    }

    // An exchange alone: what it was for, and what came.
    talk& http(std::string probe, unsigned status, std::string answer = {}, bool stays = false) {
        auto& x = exchange("POST", std::move(probe));
        x.body = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
        x.revision = "2025-11-25";
        x.status = status;
        x.answer = std::move(answer);
        x.over = !stays;
        x.left = stays;
        return *this;
    }
    // The exchange before as a stream of these events: id, data.
    talk& stream(std::vector<std::pair<std::string, std::string>> const& events) {
        auto& x = c.exchanges.back();
        x.fields = {{"Content-Type", "text/event-stream"}};
        x.answer.clear();
        for (auto const& [id, data] : events)
            x.events.push_back({id, "message", data, now_, -1, {}});
        return *this;
    }
    talk& at(std::string revision) {
        c.exchanges.back().revision = std::move(revision);
        return *this;
    }
    talk& modern(std::string body = {}) {
        auto& x = c.exchanges.back();
        x.modern = true;
        if (!body.empty()) x.body = std::move(body);
        return *this;
    }
    talk& body(std::string text) {
        c.exchanges.back().body = std::move(text);
        return *this;
    }
    talk& field(std::string name, std::string value) {
        auto& fields = c.exchanges.back().fields;
        std::erase_if(fields, [&](auto const& f) { return f.first == name; });
        fields.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    talk& session(std::string id) {
        c.sessions.push_back(std::move(id));
        return *this;
    }
    talk& noise(std::string line, bool by_client = false) {
        (by_client ? c.noise_by_client : c.noise).push_back(std::move(line));
        return *this;
    }
    talk& ends(bool by_itself) {
        c.ended_by_itself = by_itself;
        return *this;
    }
    talk& closed(bool by_client, bool at_strike = false) {
        c.ended[scope_] = {now_, by_client, at_strike};
        return *this;
    }
    talk& type(std::string name) {
        c.exchanges.back().events.front().type = std::move(name);
        return *this;
    }
    talk& no_utf8() {
        c.messages.back().utf8 = false;
        return *this;
    }
    talk& size(std::size_t bytes) {
        c.messages.back().size = bytes;
        return *this;
    }
    talk& spelled(std::string text) {
        c.messages.back().text = std::move(text);
        return *this;
    }

private:
    scenario::mcp_exchange& exchange(std::string method, std::string probe) {
        auto& x = c.exchanges.emplace_back();
        x.number = c.exchanges.size();
        x.scope = scope_;
        x.probe = std::move(probe);
        x.request.method = std::move(method);
        x.request.target = "/mcp";
        x.at = x.over_at = now_;
        x.status = 200;
        x.over = true;
        x.fields = {{"Content-Type", "application/json"}};
        return x;
    }

    talk& add(bool by_server, json message, std::string probe, bool modern, std::uint64_t stream) {
        scenario::mcp_message m;
        m.at = now_;
        m.by_server = by_server;
        m.modern = modern;
        m.probe = std::move(probe);
        m.stream = stream;
        m.scope = scope_;
        m.text = message.dump();
        m.value = std::move(message);
        c.messages.push_back(std::move(m));
        return *this;
    }

    runtime::time_point now_{};
    std::uint64_t       scope_ = 0;
};

// Our gateway between a client and a server.
struct between {
    talk front, back;
    bool faults = false;

    scenario::mcp_view view() const {
        scenario::mcp_view v;
        v.fronts.push_back(front.c);
        v.backs.push_back(back.c);
        v.has_faults = faults;
        scenario::pair_up(v);
        return v;
    }
};
