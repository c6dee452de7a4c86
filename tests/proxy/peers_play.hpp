#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "runtime/task_group.hpp"
#include "tests/proxy/program_play.hpp"

// `lockstep proxy` between raw peers on loopback: an MCP server that does what a test says, a
// provider that calls its tool, and clients of both endpoints.
namespace play {

using nlohmann::json;

// The last JSON object that a body holds, be it one or a stream of events.
inline json last_message(std::string const& body) {
    auto const at = body.rfind("data: {");
    auto const text = at == body.npos ? body : body.substr(at + 6, body.find('\n', at) - at - 6);
    return json::parse(text, nullptr, false);
}

inline std::string http_text(std::string const& body, std::string const& type = "application/json",
                             std::string const& status = "200 OK", std::string const& fields = {}) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" +
           body;
}

class between_peers : public gateway_program {
protected:
    // Answers, and says so; what it leaves is answered sensibly.
    using behaviour = std::function<awaitable<bool>(runtime::stream&, runtime::http_request const&,
                                                    json const& message)>;

    // The address of a server with one tool, "echo".
    runtime::address serve_mcp(behaviour act) {
        doors_.push_back(network().listen({"127.0.0.1", 0}));
        serving_.spawn("mcp", accept(*doors_.back(), std::move(act), true));
        return doors_.back()->local();
    }
    // One that calls the first tool it is offered, and is content with any result.
    runtime::address serve_provider(behaviour act = nullptr) {
        doors_.push_back(network().listen({"127.0.0.1", 0}));
        serving_.spawn("provider", accept(*doors_.back(), std::move(act), false));
        return doors_.back()->local();
    }
    void TearDown() override {
        to_the_end(world, serving_.stop());
        gateway_program::TearDown();
    }

    static std::string post(std::string const& path, std::string const& body,
                            std::string const& fields = {}) {
        return "POST " + path +
               " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n"
               "Content-Type: application/json\r\n" +
               fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    }
    heard_answer one(std::string const& bytes) {
        auto const heard = say(bytes, 1 << 20, 1);
        return heard.answers.empty() ? heard_answer{0, heard.end, {}} : heard.answers[0];
    }
    // A session with the servers of that path; the header that names it.
    std::string open_session(std::string const& path, std::string const& fields = {}) {
        auto const  hello = one(post(path,
                                     R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{)"
                                      R"("protocolVersion":"2025-11-25","capabilities":{},)"
                                      R"("clientInfo":{"name":"c","version":"1"}}})",
                                     fields));
        auto const* id = runtime::find_field(hello.fields, "mcp-session-id");
        if (!id) return "X-No-Session: " + hello.body.substr(0, 200) + "\r\n";
        auto const header = "MCP-Session-Id: " + *id + "\r\n";
        one(post(path, R"({"jsonrpc":"2.0","method":"notifications/initialized"})", header));
        return header;
    }
    heard_answer ask_chat(std::string const& model, std::string const& server) {
        json body;
        body["model"] = model;
        body["messages"] = json::array({{{"role", "user"}, {"content", "hello"}}});
        body["tools"] = json::array({{{"type", "mcp"},
                                      {"server_url", "litellm_proxy/mcp/" + server},
                                      {"server_label", server},
                                      {"require_approval", "never"}}});
        return one(post("/v1/chat/completions", body.dump()));
    }

    std::vector<json> told_server;  // every message of the gateway, in order

private:
    awaitable<void> accept(runtime::listener& door, behaviour act, bool is_mcp) {
        for (;;) {
            auto stream = co_await door.accept();
            serving_.spawn("peer", serve(std::move(stream), act, is_mcp));
        }
    }
    awaitable<void> serve(std::unique_ptr<runtime::stream> stream, behaviour act, bool is_mcp) {
        try {
            runtime::http_reader      reader(*stream, world.world().clock);
            runtime::http_limit const limit{std::chrono::seconds(30), asio::error::timed_out};
            auto const                request = co_await reader.request(limit);
            if (!request) co_return;
            auto const body = co_await reader.whole_body(limit);
            auto const message = json::parse(body, nullptr, false);
            if (is_mcp) told_server.push_back(message);
            bool answered = false;
            if (act) answered = co_await act(*stream, *request, message);
            if (answered) co_return;
            auto const text = is_mcp ? sensible(*request, message) : completion(message);
            co_await stream->write(text);
        } catch (boost::system::system_error const& e) {
            if (e.code() == asio::error::operation_aborted) throw;
        }
    }

    static std::string sensible(runtime::http_request const& request, json const& message) {
        if (request.method != "POST") return http_text("{}", "application/json", "405 No");
        if (!message.is_object() || !message.contains("method") || !message.contains("id"))
            return http_text("", "application/json", "202 Accepted");
        json        answer{{"jsonrpc", "2.0"}, {"id", message["id"]}};
        auto const& method = message["method"];
        if (method == "initialize")
            answer["result"] = {{"protocolVersion", "2025-11-25"},
                                {"capabilities", {{"tools", json::object()}}},
                                {"serverInfo", {{"name", "s"}, {"version", "1"}}}};
        else if (method == "tools/list")
            answer["result"]["tools"] =
                json::array({{{"name", "echo"}, {"inputSchema", {{"type", "object"}}}}});
        else if (method == "tools/call")
            answer["result"]["content"] = json::array({{{"type", "text"}, {"text", "good"}}});
        else if (method == "ping")
            answer["result"] = json::object();
        else
            answer["error"] = {{"code", -32601}, {"message", "no such method"}};
        return http_text(answer.dump());
    }

    static std::string completion(json const& asked) {
        json       message{{"role", "assistant"}, {"content", "done"}};
        bool const again = asked["messages"].back()["role"] == "tool";
        if (again) message["content"] = "done: " + asked["messages"].back()["content"].dump();
        if (!again && asked.contains("tools")) {
            message["content"] = nullptr;
            message["tool_calls"] = json::array(
                {{{"id", "c1"},
                  {"type", "function"},
                  {"function",
                   {{"name", asked["tools"][0]["function"]["name"]}, {"arguments", "{}"}}}}});
        }
        bool const calls = message.contains("tool_calls");
        json answer{{"id", "x"}, {"object", "chat.completion"}, {"created", 1}, {"model", "m"}};
        answer["choices"] = json::array({{{"index", 0},
                                          {"message", message},
                                          {"finish_reason", calls ? "tool_calls" : "stop"}}});
        return http_text(answer.dump());
    }

    std::vector<std::unique_ptr<runtime::listener>> doors_;
    runtime::task_group                             serving_{world.world().executor};
};

}  // namespace play
